import { type Aurora, createArticleStore, type Database } from '../aurora/index.ts';
import type { AiOutputStore, Ledger } from '../domain/index.ts';
import { createDynamoDb } from '../dynamodb/index.ts';
import { createTandem, type Tandem } from '../facade/index.ts';
import { composeAurora } from './compose-aurora.ts';
import { parseStoresConfig, processEnv, type StoresConfig } from './config.ts';
import { createLog, type Log } from './log.ts';
import { gather } from './observe.ts';
import { once } from './once.ts';
import { createResumeNotes, type ResumeNotes } from './resume-notes.ts';
import { type AwakeCheck, createAwakeCheck, rememberingNo } from './surely-awake.ts';
import { newId, systemClock, systemRandom } from './system.ts';
import { createUseMeter, type UseMeter } from './use-meter.ts';

/** Both stores and what joins them, as one process has them. */
export interface Service {
  readonly config: StoresConfig;
  readonly aurora: Aurora<Database>;
  readonly isSurelyAwake: AwakeCheck;
  readonly outputs: AiOutputStore;
  readonly tandem: Tandem;
  readonly ledger: Ledger;
  readonly meter: UseMeter;
  readonly resumeNotes: ResumeNotes;
  readonly log: Log;
  /** Closes sockets. */
  close(): Promise<void>;
}

/** Puts the stores and the facade together. Connects nothing yet: the first request does. */
export function composeService(config: StoresConfig, log: Log = createLog(config)): Service {
  const { table, region } = config.dynamodb;
  const outputs = createDynamoDb({
    client: { region },
    table,
    clock: systemClock,
    random: systemRandom,
    newId,
  });
  const { ledger } = outputs;
  const resumeNotes = createResumeNotes({
    ledger,
    clock: systemClock,
    observe: gather(log, 'resume').observe,
  });
  const aurora = composeAurora(config, resumeNotes);
  const meter = createUseMeter({ ledger, clock: systemClock });
  const isSurelyAwake = createAwakeCheck({
    aurora,
    ledger,
    clock: systemClock,
    pauseSeconds: config.autoPauseSeconds,
  });
  const tandem = createTandem({
    articles: createArticleStore(aurora),
    outputs,
    clock: systemClock,
    random: systemRandom,
    auroraState: () => aurora.state(),
    isSurelyAwake: rememberingNo(isSurelyAwake, systemClock),
  });
  return {
    config,
    aurora,
    isSurelyAwake,
    outputs,
    tandem,
    ledger,
    meter,
    resumeNotes,
    log,
    async close() {
      outputs.close();
      await aurora.close();
    },
  };
}

/**
 * The service of this process, for every function in it. On Lambda there is one function a process; the
 * local process runs them all, and what one of them learns of Aurora the others know.
 */
export const processService = once(() => composeService(parseStoresConfig(processEnv())));
