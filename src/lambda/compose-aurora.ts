import {
  type Aurora,
  COLUMN_TYPES,
  createAurora,
  type Database,
  type ResumeTimes,
} from '../aurora/index.ts';
import type { BaseConfig } from './config.ts';
import { systemClock, systemRandom } from './system.ts';

/**
 * Makes the connection to Aurora. Connects nothing yet. Apart from the rest, so that
 * the bundle of the migrations holds no more than they need.
 */
export function composeAurora(config: BaseConfig, resumeTimes?: ResumeTimes): Aurora<Database> {
  return createAurora<Database>({
    target: config.aurora,
    columnTypes: COLUMN_TYPES,
    clock: systemClock,
    random: systemRandom,
    autoPauseSeconds: config.autoPauseSeconds,
    ...(resumeTimes === undefined ? {} : { resumeTimes }),
  });
}
