/**
 * The part of RDS's own API that the warmer and `doctor` use: describing the cluster and changing its
 * scaling limits, over AWS's query protocol on loopback. Hides the protocol; promises the same refusals as
 * RDS has. Knows the cluster only by what it is handed, and nothing else of ours.
 */
export { createRdsServer, type RdsCluster, type RdsServer } from './server.ts';
