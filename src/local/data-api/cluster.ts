import type { Request } from './request.ts';
import { DataApiError } from './service-error.ts';

/** What the Data API knows of a cluster before it connects to it. */
export interface ClusterSettings {
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string;
  /** The user that the secret names: the database of a call that names none (aws-cli #8577). */
  readonly username: string;
}

/** The one cluster this server plays, and what it takes to reach it. */
export class Cluster {
  readonly settings: ClusterSettings;
  httpEndpointEnabled = true;

  constructor(settings: ClusterSettings) {
    this.settings = settings;
  }

  /** Errors: `HttpEndpointNotEnabledException`, `SecretsErrorException`, `ValidationException`. */
  check({ resourceArn, secretArn, schema }: Request): void {
    // The service looks for an endpoint by the whole ARN: of another cluster, a renamed one, or one
    // written in other case, it says the same as of a disabled one (UG data-api.troubleshooting).
    if (!this.httpEndpointEnabled || resourceArn !== this.settings.resourceArn) {
      throw new DataApiError(
        'HttpEndpointNotEnabledException',
        `HttpEndpoint is not enabled for cluster ${resourceArn.split(':').at(-1)}`,
      );
    }
    if (secretArn !== this.settings.secretArn) {
      throw new DataApiError(
        'SecretsErrorException',
        `Secret ${secretArn} could not be retrieved.`,
      );
    }
    if (schema !== undefined) {
      throw new DataApiError('ValidationException', "The schema parameter isn't supported");
    }
  }

  /** A transaction has its database already. Errors: `DatabaseErrorException`. */
  checkDatabase({ transactionId, database = this.settings.username }: Request): void {
    if (transactionId !== undefined || database === this.settings.database) return;
    throw new DataApiError(
      'DatabaseErrorException',
      `ERROR: database "${database}" does not exist; SQLState: 3D000`,
    );
  }
}
