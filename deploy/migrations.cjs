// Migrations run on deploy: a resource that changes with them, made by the migrate function. Where it
// fails the deploy fails and is rolled back; where nothing changed it does not run.
const { createHash } = require('node:crypto');
const { readFileSync, readdirSync } = require('node:fs');
const { join } = require('node:path');
const { getAtt } = require('./template.cjs');

const FOLDER = join(__dirname, '../sql/migrations');

/** Longer than the function may run: it answers by itself unless it could not even start. */
const TIMEOUT_SECONDS = 960;

function checksum() {
  const hash = createHash('sha256');
  for (const name of readdirSync(FOLDER).sort()) {
    hash.update(`${name}\n${readFileSync(join(FOLDER, name), 'utf8').replaceAll('\r\n', '\n')}\n`);
  }
  return hash.digest('hex');
}

async function resources() {
  return {
    Resources: {
      Migrations: {
        Type: 'Custom::Migrations',
        // The cluster takes statements when it has an instance.
        DependsOn: ['DbInstance'],
        Properties: {
          ServiceToken: getAtt('MigrateLambdaFunction', 'Arn'),
          ServiceTimeout: TIMEOUT_SECONDS,
          Checksum: checksum(),
        },
      },
    },
  };
}

module.exports = { resources };
