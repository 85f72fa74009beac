import { type Input, type InputRules, inputRules } from './dynalite.ts';
import { expressionContentFault, expressionSizeFault } from './expression-limits.ts';

/** What an operation's input must look like: dynalite's rules, with `more` members and what it leaves out. */
export function operationRules(operation: string, more: InputRules['types'] = {}): InputRules {
  const { types, custom } = inputRules(operation);
  return {
    types: { ...types, ...more },
    custom: (input, store) =>
      firstFault(expressionHolders(input), expressionSizeFault) ??
      custom?.(input, store) ??
      firstFault(expressionHolders(input), expressionContentFault) ??
      selectionFault(input),
  };
}

/** BatchGetItem has its expressions table by table. */
function expressionHolders(input: Input): Input[] {
  return [input, ...Object.values((input.RequestItems ?? {}) as Record<string, Input>)];
}

function firstFault(
  inputs: readonly Input[],
  faultOf: (input: Input) => string | undefined,
): string | undefined {
  for (const input of inputs) {
    const fault = faultOf(input);
    if (fault) return fault;
  }
  return undefined;
}

/** Two rules of Query and Scan that dynalite 4.0.0 does not have. Words: nubo-db/dynamodb-conformance, run on AWS. */
function selectionFault(input: Input): string | undefined {
  const selects = input.ProjectionExpression ?? input.AttributesToGet;
  if (input.Select === 'SPECIFIC_ATTRIBUTES' && selects === undefined) {
    return 'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES';
  }
  if (input.Segment !== undefined && input.TotalSegments === undefined) {
    return 'The TotalSegments parameter is required but was not present in the request when Segment parameter is present';
  }
  return undefined;
}
