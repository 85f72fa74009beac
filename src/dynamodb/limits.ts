/**
 * Limits of DynamoDB, and the settings this folder chose next to them. `DG` is
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/, `API` its API reference, as of
 * November 2026.
 */

/** Largest item: names and values of all its attributes. Source: DG Constraints.html, Items. */
export const ITEM_BYTES = 400 * 1024;

/** Keys of one BatchGetItem. Source: API BatchGetItem. */
export const BATCH_GET_KEYS = 100;

/** Puts and deletes of one BatchWriteItem. Source: API BatchWriteItem. */
export const BATCH_WRITE_ITEMS = 25;

/** What one batch carries over the network. Source: API BatchGetItem, BatchWriteItem. */
export const BATCH_BYTES = 16 * 1024 * 1024;

/** Largest page of a Query, and what a BatchGetItem answers at most of one partition. Source: API Query, BatchGetItem. */
export const PAGE_BYTES = 1024 * 1024;

/** Largest text that the head of an output holds itself, compressed: leaves 100 KB of the item to the producer and the rest. */
export const INLINE_BYTES = 300 * 1024;

/**
 * Largest text that the head of an output holds itself, as UTF-8. A list shows no larger one, so that it
 * would read, and each new version copy, what nobody gets to see.
 */
export const INLINE_TEXT_BYTES = 256 * 1024;

/** Bytes of a chunk: three of them with their keys make one page of a partition. */
export const CHUNK_BYTES = 340 * 1024;

/** Chunks read by one call; a fourth would come back unprocessed. */
export const CHUNKS_PER_READ = Math.floor(PAGE_BYTES / (CHUNK_BYTES + 1024));

/** Largest text stored, as UTF-8: that of an output (4 MiB), and of an answer kept under a key (5 MiB). More is refused before it is compressed, and never inflated. */
export const TEXT_BYTES = 6 * 1024 * 1024;

/** Texts under this many bytes are kept as they are: compressed they are no smaller. */
export const TINY_BYTES = 64;

/** From here on zlib works in its own threads: 64 KB take about 1 ms at brotli 4. */
export const ASYNC_BYTES = 64 * 1024;

/** Most that is inflated in one go: about 3 ms in which nothing else is done. */
export const INFLATE_BYTES = 1024 * 1024;

/** Calls of one read or write under way at once: well under the SDK's 50 sockets, which all requests share. */
export const WIDTH = 16;

/** Partitions that the intents are spread over: one partition takes 1,000 write units a second. Source: DG bp-partition-key-design.html. */
export const INTENT_SHARDS = 16;

/** Largest page copy, compressed: leaves room in the item for its query; each KB is a write unit whenever it is kept anew. */
export const PAGE_COPY_BYTES = 350 * 1024;

/** Notes of open deletes on one copy; more are abandoned ones, and one would do. */
export const DELETE_NOTES = 100;

/** Time to get a connection within a region. */
export const CONNECT_MS = 500;

/** Time for an answer to begin. A call of 100 keys takes 10 to 100 ms; more only delays the next attempt. */
export const REQUEST_MS = 1_500;

/** What a large request adds to `REQUEST_MS`: a byte rate of 2 MB/s, as a small Lambda on a busy network has. */
export const SENT_BYTES_PER_MS = 2_048;

/** A connection without a byte either way for this long is given up, also amid an answer. */
export const SOCKET_IDLE_MS = 3_000;

/** Longest call, retries included, whatever the deadline. */
export const CALL_MS = 30_000;

/** Attempts of one call by the SDK: every write here is repeatable or conditional. */
export const MAX_ATTEMPTS = 3;

/** Pauses before what a batch left over is asked for again: doubled each time, full jitter. Source of the figures: AWS's advice on BatchGetItem, and 1.5 s in all. */
export const LEFT_OVER = { rounds: 5, baseMs: 50, longestMs: 1_000 } as const;
