import {
  PRICES,
  type Prices,
  PricesError,
  parsePrices,
  parseWarmWindows,
  type WarmWindows,
  WarmWindowsError,
} from '../domain/index.ts';
import type { EnvReader } from './env-reader.ts';

/** When the cluster is kept awake, and what that and sleeping cost. */
export interface WarmConfig {
  readonly windows: WarmWindows;
  /** Capacity held inside the windows, in ACU; 0: the cluster is merely kept from pausing. */
  readonly minAcu: number;
  /** What it is worth that one request does not meet a sleeping cluster: what `auto` windows are decided by. */
  readonly coldReadUsd: number;
  /** Capacity of the cluster while it is awake with little to do, in ACU; what its cost is worked out with. */
  readonly awakeAcu: number;
  /** Memory of the functions. */
  readonly functionMb: number;
  readonly prices: Prices;
}

/** Half an ACU an hour awake is 6 cents: a window pays from six waiting readers an hour on. */
const COLD_READ_USD = 0.01;

/** An awake cluster with a minimum of 0 does not go below it. */
const AWAKE_ACU = 0.5;

/** Largest capacity of a cluster (Aurora user guide, 2026). */
const MAX_ACU = 256;

/** Reads what concerns the cluster's sleep and its cost; what is wrong is remembered by the reader. */
export function readWarm(reader: EnvReader): WarmConfig {
  return {
    windows: readWindows(reader),
    minAcu: readAcu(reader, 'WARM_MIN_ACU', 0),
    coldReadUsd: readUsd(reader, 'COST_PER_COLD_READ_USD', COLD_READ_USD),
    awakeAcu: readAcu(reader, 'AURORA_AWAKE_ACU', AWAKE_ACU),
    // Lambda says how much memory it gives; 512 MB is what the template asks for.
    functionMb: reader.wholeNumber('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 512, 128, 10_240),
    prices: readPrices(reader),
  };
}

function readWindows(reader: EnvReader): WarmWindows {
  try {
    return parseWarmWindows(reader.optional('WARM_WINDOWS') ?? 'never');
  } catch (error) {
    if (!(error instanceof WarmWindowsError)) throw error;
    reader.fault(`WARM_WINDOWS: ${error.message}`);
    return { mode: 'never' };
  }
}

function readPrices(reader: EnvReader): Prices {
  const text = reader.optional('PRICES');
  if (text === undefined) return PRICES;
  try {
    return parsePrices(text);
  } catch (error) {
    if (!(error instanceof PricesError)) throw error;
    reader.fault(`PRICES ${error.message}`);
    return PRICES;
  }
}

function readAcu(reader: EnvReader, name: string, fallback: number): number {
  const value = reader.optional(name);
  const number = value === undefined ? fallback : Number(value);
  if (number >= 0 && number <= MAX_ACU && Number.isInteger(number * 2)) return number;
  reader.fault(`${name} is "${value}", must be from 0 to ${MAX_ACU} in steps of 0.5`);
  return fallback;
}

function readUsd(reader: EnvReader, name: string, fallback: number): number {
  const value = reader.optional(name);
  if (value === undefined) return fallback;
  if (/^\d{1,6}(\.\d{1,9})?$/.test(value)) return Number(value);
  reader.fault(`${name} is "${value}", must be an amount of US dollars such as 0.01`);
  return fallback;
}
