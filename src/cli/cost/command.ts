import { type Command, InvalidArgumentError } from 'commander';
import { PRICES, PricesError, parsePrices } from '../../domain/index.ts';
import type { Client } from '../client.ts';
import { type CostOptions, runCost } from './cost.ts';

const DEFAULT_URL = 'http://127.0.0.1:3000';

/** What commander makes of the command line. */
interface Given extends Omit<CostOptions, 'bound' | 'windows'> {
  readonly url: string;
  readonly bound: number;
  readonly windows: string[];
}

/** Adds `cost` to the command line. `connect` makes the client for an address. */
export function addCost(program: Command, connect: (url: string) => Client): void {
  program
    .command('cost')
    .description('tells what a running service costs, or what plans would, over recorded traffic')
    .option('--url <url>', 'address of the service', DEFAULT_URL)
    .option('--traffic <file>', 'recorded traffic instead: {"at":"…Z","count":1} a line')
    .option('--record <file>', 'writes the traffic that the service recorded')
    .option('--simulate', 'compares plans: windows, pause delays, minimum capacities', false)
    .option('--why', 'explains the windows of WARM_WINDOWS=auto', false)
    .option(
      '--windows <windows>',
      'windows to compare, as WARM_WINDOWS; may be repeated',
      gather,
      [],
    )
    .option('--pause <seconds>', 'pause delays to compare', numbers(0), [300, 600, 1_800, 3_600])
    .option('--min-acu <acus>', 'minimum capacities to compare', numbers(0), [0, 0.5, 1])
    .option('--window-min-acu <acu>', 'capacity held inside the windows', number(0, 256), 0)
    .option(
      '--resume-seconds <seconds>',
      'how long a resume takes (as seen, or 15)',
      number(0, 600),
    )
    .option('--awake-acu <acu>', 'capacity of an awake cluster', number(0.5, 256), 0.5)
    .option(
      '--cold-read-usd <usd>',
      'what a waiting reader costs, for auto',
      number(0, 1_000),
      0.01,
    )
    .option('--bound <percent>', 'requests that may meet a sleeping cluster', number(0, 100), 1)
    .option('--svg <file>', 'draws the frontier into a file')
    .option('--aurora-gb <gb>', 'stored in Aurora', number(0, 1e6), 0)
    .option('--dynamodb-gb <gb>', 'stored in DynamoDB', number(0, 1e6), 0)
    .option('--function-gb <gb>', 'memory of the functions', number(0.125, 10), 0.5)
    .option('--prices <json>', 'other prices, such as {"acuHourUsd":0.132}', prices, PRICES)
    .action(async ({ url, ...given }: Given) => {
      await runCost(connect(url), { ...given, bound: given.bound / 100 }, (text) => {
        process.stdout.write(`${text}\n`);
      });
    });
}

function gather(value: string, before: string[]): string[] {
  return [...before, value];
}

function number(min: number, max: number): (value: string) => number {
  return (value) => {
    const parsed = value.trim() === '' ? Number.NaN : Number(value);
    if (parsed >= min && parsed <= max) return parsed;
    throw new InvalidArgumentError(`Must be a number from ${min} to ${max}.`);
  };
}

function numbers(min: number): (value: string) => number[] {
  const one = number(min, 1e6);
  return (value) => value.split(',').map(one);
}

function prices(value: string): typeof PRICES {
  try {
    return parsePrices(value);
  } catch (error) {
    if (error instanceof PricesError) throw new InvalidArgumentError(`It ${error.message}.`);
    throw error;
  }
}
