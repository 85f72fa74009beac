// Members that stay text when a body is read, by what the body is.

/** Paths of an article that stay text, from where the article stands. */
export const RAW_IN_ARTICLE: readonly (readonly string[])[] = [['attributes']];

/** Paths of an output that stay text, from where it stands. */
export const RAW_IN_OUTPUT: readonly (readonly string[])[] = [
  ['output'],
  ['producer', 'parameters'],
];

/** Paths of a relation that stay text. */
export const RAW_IN_RELATION: readonly (readonly string[])[] = [['attributes']];

/** Paths of a source that stay text. */
export const RAW_IN_SOURCE: readonly (readonly string[])[] = [['attributes']];

/** Paths of a query that stay text: the filter reads its own numbers. */
export const RAW_IN_LIST: readonly (readonly string[])[] = [['filter']];

/** Paths of a preview that stay text. */
export const RAW_IN_PREVIEW: readonly (readonly string[])[] = [['output']];
