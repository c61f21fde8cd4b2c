import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { SSMClient } from '@aws-sdk/client-ssm';
import { clientSettings } from '../client-settings';
import { askByCommand } from './asking';
import { audit } from './audit';
import { ec2Machines } from './machines';
import { publish } from './publish';
import { parseSettings } from './settings';

/** What Lambda runs: one audit. */
export async function handler(): Promise<void> {
  const settings = parseSettings(process.env['SETTINGS']);
  const cloudWatch = new CloudWatchClient(clientSettings);
  await audit({
    settings,
    machines: ec2Machines(new EC2Client(clientSettings)),
    ask: askByCommand({
      client: new SSMClient(clientSettings),
      document: settings.document,
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      nowMs: Date.now,
    }),
    publish: (metrics) => publish(cloudWatch, settings, metrics),
    // Not the console, which would put the line as a text into JSON of its own.
    log: (line) => process.stdout.write(`${JSON.stringify(line)}\n`),
    nowMs: Date.now,
  });
}
