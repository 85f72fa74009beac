import { type Input, type InputRules, inputRules } from './dynalite.ts';
import { operationRules } from './input-rules.ts';
import { ON_CONDITION_FAILURE } from './write-items.ts';

/** Source: API reference of TransactWriteItems and TransactGetItems. */
const MAX_ACTIONS = 100;
const MAX_TOKEN_CHARACTERS = 36;

/** The operation whose rules an action of a transaction follows, and what it must have beyond them. */
export const WRITE_ACTIONS = {
  ConditionCheck: { like: 'DeleteItem', required: 'ConditionExpression' },
  Put: { like: 'PutItem', required: 'Item' },
  Update: { like: 'UpdateItem', required: 'UpdateExpression' },
  Delete: { like: 'DeleteItem', required: 'Key' },
} as const;
export type WriteActionName = keyof typeof WRITE_ACTIONS;

/** Members an action of a transaction has; those of the single operation that are of older days are not among them. */
const ACTION_MEMBERS = [
  'TableName',
  'Item',
  'Key',
  'UpdateExpression',
  'ConditionExpression',
  'ProjectionExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
];

const writes = Object.entries(WRITE_ACTIONS).map(([name, { like, required }]) => {
  const rules = operationRules(like);
  const types = pick({ ...rules.types, ...ON_CONDITION_FAILURE }, [
    ...ACTION_MEMBERS,
    ...Object.keys(ON_CONDITION_FAILURE),
  ]);
  types[required] = { ...(types[required] as object), notNull: true };
  return { name, types, custom: rules.custom };
});

export const TRANSACT_WRITE_RULES: InputRules = {
  types: {
    ...pick(inputRules('PutItem').types, ['ReturnConsumedCapacity', 'ReturnItemCollectionMetrics']),
    ClientRequestToken: {
      type: 'String',
      lengthGreaterThanOrEqual: 1,
      lengthLessThanOrEqual: MAX_TOKEN_CHARACTERS,
    },
    TransactItems: transactItems(
      'TransactWriteItem',
      Object.fromEntries(
        writes.map(({ name, types }) => [name, { type: `FieldStruct<${name}>`, children: types }]),
      ),
    ),
  },
  custom(input, store) {
    for (const action of input.TransactItems as Input[]) {
      const given = writes.filter(({ name }) => action[name] !== undefined);
      const only = given[0];
      if (!only || given.length > 1) {
        return 'TransactItems can only contain one of Check, Put, Update or Delete';
      }
      const fault = only.custom?.(action[only.name] as Input, store);
      if (fault) return fault;
    }
    return undefined;
  },
};

const get = operationRules('GetItem');

export const TRANSACT_GET_RULES: InputRules = {
  types: {
    ...pick(get.types, ['ReturnConsumedCapacity']),
    TransactItems: transactItems('TransactGetItem', {
      Get: { type: 'FieldStruct<Get>', notNull: true, children: pick(get.types, ACTION_MEMBERS) },
    }),
  },
  custom(input, store) {
    for (const action of input.TransactItems as { Get: Input }[]) {
      const fault = get.custom?.(action.Get, store);
      if (fault) return fault;
    }
    return undefined;
  },
};

function transactItems(struct: string, children: Record<string, unknown>): object {
  return {
    type: 'List',
    notNull: true,
    lengthGreaterThanOrEqual: 1,
    lengthLessThanOrEqual: MAX_ACTIONS,
    children: { type: `ValueStruct<${struct}>`, children },
  };
}

function pick(types: InputRules['types'], names: readonly string[]): InputRules['types'] {
  return Object.fromEntries(
    names.flatMap((name) => (types[name] === undefined ? [] : [[name, types[name]]])),
  );
}
