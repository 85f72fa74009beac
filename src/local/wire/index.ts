/**
 * Faults and call counts for the local servers. Hides how faults are matched, combined and drawn;
 * promises that every HTTP attempt a server announces is counted once, when it arrives, and that the
 * same random source gives the same faults again. Both servers know it only as a `Gate`, whose shape
 * they declare themselves: nothing here knows of them, nor of anything else of ours.
 */
export type { CallCount, CallCounts } from './calls.ts';
export type { FaultErrorCode, FaultSpec, Latency } from './fault.ts';
export { FaultError } from './fault.ts';
export type { Gate, GateCall, Verdict } from './gate.ts';
export type { ServiceName } from './services.ts';
export type { ActiveFault, Wire, WireOptions } from './wire.ts';
export { createWire } from './wire.ts';
