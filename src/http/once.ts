/** Puts off making a value until it is needed, and makes it once: a cold start pays for no route but its own. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
