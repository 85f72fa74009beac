/** What AWS charges, in US dollars. All of them can be overridden: regions, discounts and years differ. */
export interface Prices {
  readonly acuHourUsd: number;
  readonly auroraGbMonthUsd: number;
  readonly dataApiMillionUsd: number;
  readonly readMillionUsd: number;
  readonly writeMillionUsd: number;
  readonly dynamodbGbMonthUsd: number;
  readonly functionMillionUsd: number;
  readonly functionGbSecondUsd: number;
  readonly gatewayMillionUsd: number;
  readonly secretMonthUsd: number;
}

/**
 * us-east-1, on demand, without free tiers; read on 2026-09-20 unless said otherwise.
 * ACU (Aurora Standard), Aurora storage: aws/agent-toolkit-for-aws, static prices of 2026-03-28.
 * DynamoDB: the same project's `calculate_costs.py`; halved on 2024-11-01.
 * Lambda (arm), HTTP API, Secrets Manager: AWS's price pages by way of api-evangelist and artillery 2.0.28.
 * Data API: believed, no source could be read; each begun 32 KB counts as a call.
 * The ACU-hour of 0.06 that is often quoted, and with it "43.20 a month for one ACU", is that of Serverless v1.
 */
export const PRICES: Prices = {
  acuHourUsd: 0.12,
  auroraGbMonthUsd: 0.1,
  dataApiMillionUsd: 0.35,
  readMillionUsd: 0.125,
  writeMillionUsd: 0.625,
  dynamodbGbMonthUsd: 0.25,
  functionMillionUsd: 0.2,
  functionGbSecondUsd: 0.0000133334,
  gatewayMillionUsd: 1,
  secretMonthUsd: 0.4,
};

export const PRICES_AS_OF = 'us-east-1, 2026-09-20';

/** Hours of a month, as AWS counts it in examples. */
export const MONTH_HOURS = 730;

/** Text that is no prices; `message` names the member and what would be right. */
export class PricesError extends Error {
  override readonly name = 'PricesError';
}

/** Prices with some of them replaced: a JSON object such as `{"acuHourUsd":0.132}`. Errors: `PricesError`. */
export function parsePrices(text: string): Prices {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    given = undefined;
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new PricesError('must be a JSON object such as {"acuHourUsd":0.132}');
  }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(PRICES, name)) {
      throw new PricesError(`has "${name}", must be one of ${Object.keys(PRICES).join(', ')}`);
    }
    if (typeof value !== 'number' || !(value >= 0) || !Number.isFinite(value)) {
      throw new PricesError(`has a "${name}" that is no amount of US dollars`);
    }
  }
  return { ...PRICES, ...given };
}
