import { tsImport } from 'tsx/esm/api';

/** What stands in for the access parameters until somebody gives them (RFC 2606: never a name of anybody's). */
const PLACEHOLDER = /\.invalid\b/;

/**
 * Bundles the functions before they are packaged, within their budgets, so that one command deploys. Refuses
 * to deploy without access control.
 */
export default class TandemPlugin {
  constructor(serverless) {
    this.serverless = serverless;
    this.hooks = {
      initialize: () => this.demandAccess(),
      'before:package:createDeploymentArtifacts': () => this.build(),
      'before:package:function:package': () => this.build(),
    };
  }

  async build() {
    const { buildFunctions } = await tsImport('../src/cli/build-functions.ts', import.meta.url);
    await buildFunctions((line) => this.serverless.cli.log(line));
  }

  demandAccess() {
    if (this.serverless.processedInput.commands[0] !== 'deploy') return;
    const { environment } = this.serverless.service.functions.api;
    const missing = ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_JWKS_URL'].filter((name) =>
      PLACEHOLDER.test(environment[name]),
    );
    if (missing.length === 0) return;
    throw new this.serverless.classes.Error(
      `Nobody would be let in: set ${missing.join(', ')} (README, "Deploying").`,
    );
  }
}
