import {
  type AiOutputInput,
  EMPTY_OBJECT,
  isServiceError,
  JsonText,
  type RelationInput,
  type Run,
  ServiceError,
} from '../../src/domain/index.ts';
import type { Tandem } from '../../src/facade/index.ts';
import { Beliefs } from './beliefs.ts';
import type { Process, Stage } from './stage.ts';

/** How a request ended for its client, retries included. */
export type Ended<T> =
  | { readonly value: T }
  | {
      readonly refused: ServiceError;
      /** An earlier attempt may have had its effect. */
      readonly perhaps: boolean;
    }
  | 'unknown';

const ATTEMPTS = 3;

/** What a body says, so that a title tells it: a title with a plus has one. */
export function bodyOf(title: string): string | undefined {
  return title.includes('+')
    ? `The body of ${title}, which says more than the title does.`
    : undefined;
}

/** Clients of the service, who keep in mind what they were told. Everything that they were told wrongly is in `violations`. */
export class History {
  readonly stage: Stage;
  readonly beliefs: Beliefs;
  readonly violations: string[] = [];
  /** Keyed creates, to be replayed. */
  readonly keyed = new Map<string, { readonly id: string; readonly title: string; rev?: number }>();
  /** By run: that it is known, or is being reverted, as its clients were told. */
  readonly reverts = new Map<string, 'known' | 'reverted'>();
  /** By source: names that it may have. */
  readonly names = new Map<string, ReadonlySet<string>>();

  constructor(stage: Stage, beliefs = new Beliefs()) {
    this.stage = stage;
    this.beliefs = beliefs;
  }

  readonly blame = (text: string): void => {
    this.violations.push(text);
  };

  /** Asks as a client does: again after a lost answer, and after a dead connection only where told so. */
  async attempt<T>(
    work: (tandem: Tandem, process: Process) => Promise<T>,
    afterCrash = false,
    start: () => Process = () => this.stage.client(),
  ): Promise<Ended<T>> {
    let perhaps = false;
    for (let n = 0; n < ATTEMPTS; n++) {
      const process = start();
      try {
        const value = await work(process.tandem, process);
        if (!process.dead) return { value };
        perhaps = true;
        if (!afterCrash) break;
      } catch (error) {
        if (process.dead) {
          perhaps = true;
          if (!afterCrash) break;
        } else if (!isServiceError(error) || error.code === 'internal') {
          this.blame(`a bug: ${error instanceof Error ? error.stack : error}`);
          break;
        } else if (!isAway(error)) return { refused: error, perhaps };
        else if (error.reason === 'aurora_asleep') return { refused: error, perhaps };
        else perhaps = true;
      }
    }
    return 'unknown';
  }

  async create(id: string, title: string, key?: string): Promise<void> {
    if (key !== undefined && !this.keyed.has(key)) this.keyed.set(key, { id, title });
    const ended = await this.attempt(
      (tandem) =>
        tandem.articles.create(
          this.stage.ctx(),
          inputOf(id, title),
          key === undefined ? undefined : { key, requestHash: `of ${id} ${title}` },
        ),
      key !== undefined,
    );
    const again = ended !== 'unknown' && 'value' in ended && ended.value.replayed;
    // A replay tells the article as it was then.
    if (!again || this.beliefs.article(id).has('absent')) {
      this.#concluded(ended, id, title, ({ article }) => article);
    }
    const kept = key === undefined ? undefined : this.keyed.get(key);
    if (!kept || ended === 'unknown' || 'refused' in ended) return;
    const { article } = ended.value;
    if (article.title !== kept.title) this.blame(`I5: key ${key} answers "${article.title}"`);
    if (kept.rev !== undefined && kept.rev !== article.rev) {
      this.blame(`I5: key ${key} answers rev ${article.rev} after ${kept.rev}`);
    }
    kept.rev = article.rev;
  }

  async put(id: string, title: string): Promise<void> {
    const ended = await this.attempt((tandem) =>
      tandem.articles.put(this.stage.ctx(), inputOf(id, title)),
    );
    this.#concluded(ended, id, title, ({ article }) => article);
  }

  async patch(id: string, title: string): Promise<void> {
    const ended = await this.attempt((tandem) =>
      tandem.articles.patch(this.stage.ctx(), id, { title, body: bodyOf(title) ?? null }),
    );
    this.#concluded(ended, id, title, (article) => article);
  }

  async putMany(titles: Readonly<Record<string, string>>): Promise<void> {
    const inputs = Object.entries(titles);
    const ended = await this.attempt((tandem) =>
      tandem.articles.putMany(
        this.stage.ctx(),
        inputs.map(([id, title]) => inputOf(id, title)),
      ),
    );
    inputs.forEach(([id, title], index) => {
      if (ended === 'unknown' || 'refused' in ended) {
        if (ended === 'unknown' || ended.perhaps) this.#perhaps(id, title);
        return;
      }
      const outcome = ended.value[index];
      if (outcome === undefined) this.blame(`no outcome for ${id}`);
      else if ('article' in outcome) this.#told(id, title, outcome.article.rev);
      else if (outcome.status === 'gone') this.#gone(id);
      else this.#perhaps(id, title);
    });
  }

  async remove(id: string, ifRev?: number): Promise<void> {
    const ended = await this.attempt((tandem) =>
      tandem.articles.remove(this.stage.ctx(), id, ifRev),
    );
    // Asked for a revision that the article never has.
    if (ended !== 'unknown' && 'refused' in ended && ended.refused.code === 'precondition_failed') {
      return;
    }
    if (ended === 'unknown') this.beliefs.perhaps(id, 'deleted');
    else if ('value' in ended) this.beliefs.told(id, 'deleted');
    else if (ended.refused.code === 'gone') this.#gone(id, ended.perhaps);
    else if (ended.refused.code === 'not_found') this.#absent(id);
    else if (ended.perhaps) this.beliefs.perhaps(id, 'deleted');
  }

  async putOutput(
    articleId: string,
    kind: string,
    text: string,
    start?: () => Process,
  ): Promise<void> {
    const { struck } = this.stage;
    const { asleep } = this.stage;
    const live = this.beliefs.isLive(articleId);
    const wasDeleted = this.beliefs.isDeleted(articleId);
    const ended = await this.attempt(
      ({ outputs }) => outputs.put(this.stage.ctx(), outputOf(articleId, kind, text), {}),
      false,
      start,
    );
    if (ended !== 'unknown' && 'value' in ended) {
      const { status, info } = ended.value;
      // Begun before the delete, and of no effect after it.
      if (!wasDeleted && this.beliefs.isDeleted(articleId)) return;
      this.#stored(articleId, kind, text, status, info.version);
      await this.#readBack(articleId, kind, text, info.version);
      return;
    }
    if (asleep && live && struck === this.stage.struck) {
      this.blame('I6: an output was refused while Aurora sleeps');
    }
    this.#notStored(articleId, kind, text, ended);
  }

  /** A batch under a key, as a POST: again after a crash, when its key may be used again. */
  async putOutputs(
    key: string,
    inputs: readonly { readonly articleId: string; readonly kind: string; readonly text: string }[],
  ): Promise<void> {
    const { clock } = this.stage.stores;
    let replayed = false;
    const ended = await this.attempt(async ({ outputs, idempotency }, process) => {
      if (replayed) clock.advance(61_000);
      replayed = true;
      const ctx = this.stage.ctx();
      const hash = { key, requestHash: 'the same' };
      let passing = false;
      const work = async (): Promise<JsonText> => {
        const results = await outputs.putMany(
          ctx,
          inputs.map(({ articleId, kind, text }) => outputOf(articleId, kind, text)),
          { onlyNew: true },
        );
        if (process.dead) return new JsonText('[]');
        passing = results.some((result) => result.status === 'error' && isAway(result.error));
        const told = results.map((result) =>
          result.status === 'error'
            ? { code: result.error.code }
            : { status: result.status, version: result.info.version },
        );
        return new JsonText(JSON.stringify(told));
      };
      const { answer } = await idempotency.run(ctx, hash, work, () => !passing);
      return JSON.parse(answer.text) as {
        code?: string;
        status?: 'created' | 'unchanged';
        version?: number;
      }[];
    }, true);
    inputs.forEach(({ articleId, kind, text }, index) => {
      if (ended === 'unknown' || 'refused' in ended) {
        this.#notStored(articleId, kind, text, ended);
        return;
      }
      const { status, version, code } = ended.value[index] ?? {};
      if (version !== undefined && status !== undefined) {
        this.#stored(articleId, kind, text, status, version);
      } else if (code === 'gone') this.#gone(articleId);
      else if (code === 'not_found') this.#absent(articleId);
      else this.beliefs.perhapsStored(articleId, kind, text);
    });
  }

  /** A request under a key that fails: the key may be used again. */
  async failUnder(key: string): Promise<void> {
    const hash = { key, requestHash: 'the same' };
    const ended = await this.attempt(({ articles, idempotency }) =>
      idempotency.run(this.stage.ctx(), hash, async () => {
        await articles.putMany(this.stage.ctx(), [inputOf('never', 'Never')]);
        return new JsonText('[]');
      }),
    );
    if (ended !== 'unknown' && 'value' in ended) this.blame('a write of an article, Aurora asleep');
  }

  async removeOutput(articleId: string, kind: string): Promise<void> {
    const ended = await this.attempt(({ outputs }) =>
      outputs.remove(this.stage.ctx(), articleId, kind),
    );
    if (ended === 'unknown') this.beliefs.perhapsStored(articleId, kind, 'none');
    else if ('value' in ended) this.beliefs.removed(articleId, kind);
    else this.#notStored(articleId, kind, 'none', ended);
  }

  async readRun(runId: string): Promise<void> {
    const ended = await this.attempt(({ runs }) => runs.get(this.stage.ctx(), runId));
    this.#toldOfRun(ended, runId, 'known');
  }

  /** Reverts a run that made outputs of these articles. `earlier` has, by article, what was there before. */
  async revertRun(
    runId: string,
    articleIds: readonly string[],
    kind: string,
    earlier: Readonly<Record<string, string>>,
  ): Promise<void> {
    const isOfRun = (text: string): boolean => text.includes(`"runId":"${runId}"`);
    const ended = await this.attempt(({ runs }) => runs.revert(this.stage.ctx(), runId));
    this.#toldOfRun(ended, runId, 'reverted');
    if (ended !== 'unknown' && 'refused' in ended && !ended.perhaps) return;
    for (const articleId of articleIds) {
      const may = [...this.beliefs.output(articleId, kind)];
      const text = earlier[articleId] ?? 'none';
      if (!may.some(isOfRun) || this.beliefs.isDeleted(articleId)) continue;
      if (ended === 'unknown' || 'refused' in ended) {
        this.beliefs.perhapsStored(articleId, kind, text);
      } else this.beliefs.takenBack(articleId, kind, text, isOfRun);
    }
  }

  #toldOfRun(ended: Ended<Run>, runId: string, what: 'known' | 'reverted'): void {
    if (ended === 'unknown') return;
    if ('value' in ended) {
      if (this.reverts.get(runId) !== 'reverted') this.reverts.set(runId, what);
    } else if (ended.refused.code === 'not_found') {
      // What the run made is acknowledged, and nothing took it away.
      const made = this.beliefs.outputs().filter(({ articleId, kind }) => {
        const may = [...this.beliefs.output(articleId, kind)];
        const isLive = this.beliefs.isLive(articleId);
        return isLive && may.every((text) => text.includes(`"runId":"${runId}"`));
      });
      if (made.length > 0)
        this.blame(`I1: the run of ${made.length} outputs is said to be unknown`);
    }
  }

  async relate(from: string, to: string): Promise<void> {
    const relation: RelationInput = { from, to, kind: 'cites' };
    const ended = await this.attempt(({ relations }) => relations.put(this.stage.ctx(), relation));
    const edge = `${from}>${to}`;
    if (ended === 'unknown') this.beliefs.perhapsRelated(edge, 'there');
    else if ('value' in ended) this.beliefs.related(edge, 'there');
    else if (ended.perhaps) this.beliefs.perhapsRelated(edge, 'there');
    else if (this.beliefs.isLive(from) && this.beliefs.isLive(to)) {
      this.blame(`an edge between live articles was refused: ${ended.refused.message}`);
    }
  }

  async unrelate(from: string, to: string): Promise<void> {
    const ended = await this.attempt(({ relations }) =>
      relations.remove(this.stage.ctx(), { from, to, kind: 'cites' }),
    );
    const edge = `${from}>${to}`;
    if (ended !== 'unknown' && 'value' in ended) this.beliefs.related(edge, 'none');
    else this.beliefs.perhapsRelated(edge, 'none');
  }

  #concluded<T>(
    ended: Ended<T>,
    id: string,
    title: string,
    articleOf: (value: T) => { readonly rev: number },
  ): void {
    if (ended === 'unknown') this.#perhaps(id, title);
    else if ('value' in ended) this.#told(id, title, articleOf(ended.value).rev);
    else if (ended.refused.code === 'gone') this.#gone(id, ended.perhaps);
    else if (ended.perhaps) this.#perhaps(id, title);
  }

  #told(id: string, title: string, rev: number): void {
    if (this.beliefs.isDeleted(id)) this.blame(`I2: a write of the deleted ${id} was accepted`);
    const before = this.beliefs.rev(id, rev);
    if (rev < before) this.blame(`I4: ${id} was at rev ${before}, now at ${rev}`);
    this.beliefs.told(id, title);
  }

  #perhaps(id: string, title: string): void {
    this.beliefs.perhaps(id, title);
  }

  #gone(id: string, perhaps = false): void {
    const states = this.beliefs.article(id);
    if (!perhaps && !states.has('deleted')) this.blame(`I1: ${id} is said to be deleted`);
    this.beliefs.told(id, 'deleted');
  }

  #absent(id: string): void {
    if (!this.beliefs.article(id).has('absent')) this.blame(`I1: ${id} is said to be unknown`);
  }

  #stored(
    articleId: string,
    kind: string,
    text: string,
    status: 'created' | 'unchanged',
    version: number,
  ): void {
    if (this.beliefs.isDeleted(articleId)) this.blame(`I2: an output of a deleted article stored`);
    const top = this.beliefs.top(articleId, kind);
    if (status === 'created' && version <= top) {
      this.blame(`I4: ${articleId} ${kind} was at v${top}, a new version is v${version}`);
    }
    const other = this.beliefs.stored(articleId, kind, text, version);
    if (other !== undefined) this.blame(`I1: v${version} is both ${other} and ${text}`);
  }

  #notStored(
    articleId: string,
    kind: string,
    text: string,
    ended: Exclude<Ended<never>, { value: never }>,
  ): void {
    if (ended === 'unknown') this.beliefs.perhapsStored(articleId, kind, text);
    else if (ended.refused.code === 'gone') this.#gone(articleId);
    else if (ended.refused.code === 'not_found') this.#absent(articleId);
    else if (ended.perhaps) this.beliefs.perhapsStored(articleId, kind, text);
  }

  /** What was acknowledged is there for the next reader. */
  async #readBack(articleId: string, kind: string, text: string, version: number): Promise<void> {
    if (!this.beliefs.isLive(articleId)) return;
    const { outputs } = this.stage.observer(this.stage.asleep ? 'asleep' : 'awake');
    const read = await outputs.get(this.stage.ctx(), articleId, kind).catch((error: unknown) => {
      if (error instanceof ServiceError) return error;
      throw error;
    });
    if (read instanceof ServiceError || read.output.text !== text) {
      const found = read instanceof ServiceError ? read.message : read.output.text;
      this.blame(`I1: ${articleId} ${kind} v${version} reads as: ${found}`);
    }
  }
}

/** An output as its text tells it: a text that names a run was made by it. */
export function outputOf(articleId: string, kind: string, text: string): AiOutputInput {
  const { runId } = JSON.parse(text) as { runId?: string };
  return {
    articleId,
    kind,
    output: new JsonText(text),
    ...(runId === undefined ? {} : { producer: { model: 'm', runId } }),
  };
}

function inputOf(id: string, title: string) {
  const body = bodyOf(title);
  return {
    id,
    title,
    authors: [],
    topics: [],
    attributes: EMPTY_OBJECT,
    ...(body === undefined ? {} : { body }),
  };
}

function isAway(error: ServiceError): boolean {
  return ['unavailable', 'timeout', 'throttled'].includes(error.code);
}
