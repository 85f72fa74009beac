import { Session } from 'node:inspector/promises';
import { basename, dirname } from 'node:path';

export interface Hot {
  /** `function file:line`, with the package's name where it is one. */
  readonly place: string;
  /** Of the samples that were not idle, 0 to 1; its own time, without what it calls. */
  readonly share: number;
}

/** Runs `work` under the CPU profiler; answers the functions with the most time of their own. */
export async function profile(work: () => Promise<void>, top: number): Promise<readonly Hot[]> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 200 });
    await session.post('Profiler.start');
    await work();
    const { profile: taken } = await session.post('Profiler.stop');
    const samples = new Map<string, number>();
    let busy = 0;
    for (const { callFrame, hitCount = 0 } of taken.nodes) {
      const { functionName, url, lineNumber } = callFrame;
      if (functionName === '(idle)' || functionName === '(root)') continue;
      busy += hitCount;
      const place = placeOf(functionName || '(anonymous)', url, lineNumber + 1);
      samples.set(place, (samples.get(place) ?? 0) + hitCount);
    }
    return [...samples]
      .sort(([, a], [, b]) => b - a)
      .slice(0, top)
      .map(([place, hits]) => ({ place, share: hits / busy }));
  } finally {
    session.disconnect();
  }
}

function placeOf(name: string, url: string, line: number): string {
  if (url === '') return name;
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  const file = `${basename(dirname(url))}/${basename(url)}`;
  return `${name} ${inPackage === undefined ? file : `${inPackage} ${basename(url)}`}:${line}`;
}
