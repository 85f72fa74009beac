import * as z from 'zod';
import type { Operations } from './operation.ts';

const time = () => z.string().meta({ format: 'date-time', description: 'ISO 8601, UTC.' });
const amount = () => z.number().min(0);
const amounts = () => z.record(z.string(), amount());
const span = () => z.strictObject({ from: time(), until: time() });

/** What `GET /v1/status` answers. */
export const statusAnswer = z.strictObject({
  time: time(),
  aurora: z.strictObject({
    state: z.enum(['awake', 'resuming', 'asleep', 'unknown']),
    calledAt: time().exactOptional(),
    lastResume: z.strictObject({ seconds: amount(), at: time().exactOptional() }).exactOptional(),
    expectedResumeSeconds: amount(),
  }),
  warmWindow: z.strictObject({
    mode: z.enum(['never', 'always', 'auto', 'windows']),
    warm: z.boolean(),
    until: time().exactOptional(),
    next: span().exactOptional(),
  }),
  projectionLagSeconds: amount(),
  relayBacklog: z.strictObject({ left: z.boolean(), checkedAt: time().exactOptional() }),
  calls: amounts().meta({ description: 'Of this month, by what is charged.' }),
  cost: z.strictObject({
    since: time(),
    currency: z.literal('USD'),
    acuHours: amount(),
    items: amounts(),
    total: amount(),
  }),
  traffic: z
    .array(
      z.strictObject({
        day: z.string(),
        calls: amounts(),
        auroraRequestsByHour: amounts(),
        askedMinutes: z.array(z.int()),
      }),
    )
    .exactOptional(),
});

/** How the service stands. */
export const STATUS_OPERATIONS: Operations = {
  'GET /v1/status': {
    id: 'status',
    tag: 'Service',
    summary: 'See how the service stands, and what it cost',
    description: 'Of this month so far, without storage. Never wakes Aurora.',
    parameters: {
      traffic: {
        description: 'Adds the last weeks by day, which a simulation of costs starts from.',
        schema: { type: 'boolean', default: false },
      },
    },
    answers: {
      200: {
        description: 'As it is now.',
        schema: 'Status',
        example: {
          time: '2026-03-02T07:00:00.000Z',
          aurora: {
            state: 'awake',
            calledAt: '2026-03-02T06:59:41.000Z',
            expectedResumeSeconds: 15,
          },
          warmWindow: { mode: 'windows', warm: true, until: '2026-03-02T19:00:00.000Z' },
          projectionLagSeconds: 0,
          relayBacklog: { left: false, checkedAt: '2026-03-02T06:59:00.000Z' },
          calls: { requests: 4812, dataApiCalls: 3120 },
          cost: {
            since: '2026-03-01T00:00:00.000Z',
            currency: 'USD',
            acuHours: 9.5,
            items: { aurora: 1.14, dataApi: 0.001 },
            total: 1.141,
          },
        },
      },
    },
  },
};
