import * as z from 'zod';

// What `/v1/status` answers: written for the document, and held against it in the tests.

const time = () => z.string().meta({ format: 'date-time', description: 'ISO 8601, UTC.' });
const amount = () => z.number().min(0);
const mode = z.enum(['never', 'always', 'auto', 'windows']);

const calls = z
  .strictObject({
    requests: amount(),
    auroraRequests: amount(),
    coldRequests: amount(),
    dataApiCalls: amount(),
    dataApiUnits: amount(),
    readUnits: amount(),
    writeUnits: amount(),
    functionMs: amount(),
    functionRuns: amount(),
    resumes: amount(),
    warmPings: amount(),
  })
  .meta({ description: 'What was asked of the stores, in amounts that are charged.' });

export const statusAnswer = z.strictObject({
  time: time(),
  aurora: z.strictObject({
    state: z.enum(['awake', 'resuming', 'asleep', 'unknown']),
    calledAt: time().exactOptional(),
    lastResume: z.strictObject({ seconds: amount(), at: time().exactOptional() }).exactOptional(),
    expectedResumeSeconds: amount(),
  }),
  warmWindow: z.strictObject({
    mode,
    warm: z.boolean(),
    until: time().exactOptional(),
    next: z.strictObject({ from: time(), until: time() }).exactOptional(),
  }),
  projectionLagSeconds: amount(),
  relayBacklog: z.strictObject({ left: z.boolean(), checkedAt: time().exactOptional() }),
  calls,
  cost: z.strictObject({
    since: time(),
    currency: z.literal('USD'),
    acuHours: amount(),
    items: z.record(z.string(), amount()),
    total: amount(),
  }),
  traffic: z
    .array(
      z.strictObject({
        day: z.string().meta({ format: 'date' }),
        calls,
        auroraRequestsByHour: z.record(z.string(), amount()),
        askedMinutes: z.array(z.int().min(0).max(1_439)),
      }),
    )
    .exactOptional(),
});
