/** The pages, models and public reports that the rows name. `UG` is the Aurora user guide. */
export const SDK = '@aws-sdk/client-rds-data 3.1143.0, model of 2018-08-01';
export const RESTJSON = 'smithy.io, aws.protocols#restJson1 and its malformed-request tests';
export const CALLING = 'UG data-api.calling';
export const CLI = 'UG data-api.calling.cli';
export const TYPES = 'UG data-api-operations';
export const JSON_FORMAT = 'UG data-api-json';
export const DIFFERENCES = 'UG data-api.differences';
export const LIMITATIONS = 'UG data-api.limitations';
export const TROUBLES = 'UG data-api.troubleshooting';
export const AUTO_PAUSE = 'UG aurora-serverless-v2-auto-pause';
export const EXECUTE = 'API_ExecuteStatement';
export const BATCH = 'API_BatchExecuteStatement';
export const BEGIN = 'API_BeginTransaction';
export const PARAMETER = 'API_SqlParameter';
export const EZ4 = 'sbalmt/ez4, pgclient tests, 2026-09';
export const CLIENT = 'data-api-client, integration tests';
