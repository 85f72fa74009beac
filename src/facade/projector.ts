import { createHash } from 'node:crypto';
import {
  compileProjection,
  type JsonText,
  type OutputShape,
  outputShape,
  type ProjectedResult,
  type Projection,
  type ProjectionDefinition,
  type ProjectionEvaluator,
} from '../domain/index.ts';

/** What all projections of its kind make of an output, and how it is built. */
export interface Projected {
  readonly projected: readonly ProjectedResult[];
  readonly shape: OutputShape;
}

/** Evaluates projections over the texts of outputs. Keeps their paths parsed as long as the registry they came with. */
export interface Projector {
  /**
   * Results of the projections that read `kind` and are not retiring. Errors: `SyntaxError` where the text
   * is no JSON, which no output that was accepted is.
   */
  project(
    projections: readonly Projection[],
    output: { readonly articleId: string; readonly kind: string; readonly text: JsonText },
  ): Projected;
}

export function createProjector(): Projector {
  // By the definition itself: a projection that was deleted and comes again has its name and revision anew.
  const compiled = new WeakMap<ProjectionDefinition, ProjectionEvaluator>();

  function evaluatorOf({ definition }: Projection): ProjectionEvaluator {
    const known = compiled.get(definition);
    if (known) return known;
    const evaluator = compileProjection(definition);
    compiled.set(definition, evaluator);
    return evaluator;
  }

  return {
    project(projections, { articleId, kind, text }) {
      const output = text.parse();
      const projected = projections
        .filter(({ definition, state }) => definition.kind === kind && state !== 'retiring')
        .map((projection) => ({
          projection: projection.name,
          ...evaluatorOf(projection).evaluate(output, articleId),
        }));
      return { projected, shape: describeShape(output) };
    },
  };
}

/** The structure of an output, with a digest that tells the same one. */
function describeShape(output: unknown): OutputShape {
  const { paths, types } = outputShape(output);
  const hash = createHash('sha256')
    .update(JSON.stringify([paths, types]))
    .digest('hex');
  return { hash: hash.slice(0, 32), paths, types };
}
