import {
  type AiOutputInfo,
  JsonText,
  type OutputHead,
  type Producer,
  type ShownHead,
  type StoredContent,
  type TakesBack,
  type Timestamp,
  type Usage,
} from '../domain/index.ts';
import { bytesOf, demanded, type Item, numberOf, stringOf } from './item.ts';
import { articlePk, type Key, kindOf } from './keys.ts';
import { CONTENT_ATTRIBUTES, contentAttributes, parseContent } from './texts.ts';

/** Attributes of a head or an old version that readers need. */
export const SHOWN_ATTRIBUTES = [
  'pk',
  'sk',
  'version',
  'dead',
  'provenance',
  'sha256',
  'sizeBytes',
  'content',
  ...CONTENT_ATTRIBUTES,
] as const;

/** Attributes of a head or an old version, but its text and its writer. */
export const HEAD_ATTRIBUTES = [
  ...SHOWN_ATTRIBUTES.filter((name) => name !== 'content'),
  'producerHash',
  'deletedUpTo',
] as const;

/** The content of a head that was read, with the mark of the call that put it: an old version keeps the mark. */
interface MarkedContent extends StoredContent {
  readonly writer?: string;
}

/** A head, or an old version of one, as the item under `key`. `writer` marks who put it. */
export function headItem(key: Key, head: OutputHead, writer: string | undefined): Item {
  const { info, dead, producerHash, content, deletedUpTo } = head;
  return {
    ...key,
    version: info.version,
    ...(dead ? { dead: true } : {}),
    provenance: printProvenance(info, head.takesBack),
    ...(producerHash === '' ? {} : { producerHash: Buffer.from(producerHash, 'hex') }),
    sha256: Buffer.from(info.sha256, 'hex'),
    sizeBytes: info.sizeBytes,
    ...contentAttributes(content),
    ...(deletedUpTo === undefined ? {} : { deletedUpTo }),
    ...(writer === undefined ? {} : { writer }),
  };
}

/** The head, or old version, that an item holds. Errors: `internal`. */
export function parseHead(item: Item): OutputHead {
  const head = parseShown(item);
  const writer = stringOf(item, 'writer');
  const content: MarkedContent = writer === undefined ? head.content : { ...head.content, writer };
  const deletedUpTo = numberOf(item, 'deletedUpTo');
  return {
    ...head,
    producerHash: hexOf(item, 'producerHash') ?? '',
    content,
    ...(deletedUpTo === undefined ? {} : { deletedUpTo }),
  };
}

/** What `SHOWN_ATTRIBUTES` tell of a head, or old version. Errors: `internal`. */
export function parseShown(item: Item): ShownHead {
  const sk = stringOf(item, 'sk') ?? '';
  const content = parseContent(item);
  const provenance = parseProvenance(demanded(stringOf(item, 'provenance'), item, 'provenance'));
  const { producer, usage, producedAt, takesBack } = provenance;
  const info: Mutable<AiOutputInfo> = {
    articleId: demanded(stringOf(item, 'pk'), item, 'pk').slice(articlePk('').length),
    kind: demanded(kindOf(sk), item, 'sk'),
    version: demanded(numberOf(item, 'version'), item, 'version'),
    producedAt,
    storedAt: provenance.storedAt ?? producedAt,
    sizeBytes: demanded(numberOf(item, 'sizeBytes'), item, 'sizeBytes'),
    storedBytes: content.storedBytes,
    sha256: demanded(hexOf(item, 'sha256'), item, 'sha256'),
  };
  // By hand, since a page has hundreds of heads: spread, they take twice as long.
  if (producer) info.producer = producer;
  if (usage) info.usage = usage;
  const dead = item.dead === true;
  return takesBack ? { info, dead, content, takesBack } : { info, dead, content };
}

type Mutable<T> = { -readonly [name in keyof T]: T[name] };

/** A digest, kept as bytes: half of what its text takes. Items of an earlier layout hold the text. */
function hexOf(item: Item, name: string): string | undefined {
  const bytes = bytesOf(item, name);
  return bytes
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
    : stringOf(item, name);
}

/** Mark of the call that put a head, where the head was read from the store. */
export function writerOf({ content }: OutputHead): string | undefined {
  return (content as MarkedContent).writer;
}

interface Printed {
  readonly producer?: Producer;
  readonly usage?: Usage;
  readonly producedAt: Timestamp;
  readonly storedAt?: Timestamp;
  readonly takesBack?: TakesBack;
}

/**
 * Who made an output, and when (`storedAt` only where it is another time): a line of JSON, and after it the producer's parameters as the text they
 * came as, which keeps their digits and needs no escapes.
 */
function printProvenance(
  { producer, usage, producedAt, storedAt }: AiOutputInfo,
  takesBack: TakesBack | undefined,
): string {
  const { parameters, ...named } = producer ?? {};
  const line = JSON.stringify({
    ...(producer ? { producer: named } : {}),
    usage,
    producedAt,
    ...(storedAt === producedAt ? {} : { storedAt }),
    takesBack,
  });
  return parameters === undefined ? line : `${line}\n${parameters.text}`;
}

function parseProvenance(text: string): Printed {
  const end = text.indexOf('\n');
  // Printed by the function above and by nothing else.
  const printed = JSON.parse(end < 0 ? text : text.slice(0, end)) as Printed;
  if (end < 0 || !printed.producer) return printed;
  const parameters = new JsonText(text.slice(end + 1));
  return { ...printed, producer: { ...printed.producer, parameters } };
}
