import { itemSizeBytes, nestingDepth } from './attribute-value.ts';
import { dynaliteDb, type Item } from './dynalite.ts';

/** Source of both: Developer Guide, "Service quotas", Items and Attributes. */
const MAX_ITEM_BYTES = 400 * 1024;
const MAX_NESTING_LEVELS = 32;

/**
 * Refuses an item AWS would not store.
 * Errors: `ValidationException`; `duringUpdate` changes its words as on AWS.
 */
export function refuseOversized(item: Item, duringUpdate = false): void {
  if (itemSizeBytes(item) > MAX_ITEM_BYTES) {
    throw dynaliteDb.validationError(
      duringUpdate
        ? 'Item size to update has exceeded the maximum allowed size'
        : 'Item size has exceeded the maximum allowed size',
    );
  }
  if (nestingDepth(item) > MAX_NESTING_LEVELS) {
    throw dynaliteDb.validationError(
      'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit',
    );
  }
}
