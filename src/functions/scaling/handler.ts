import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { clientSettings } from '../client-settings';
import { privateAddresses } from './addresses';
import { autoScalingGroup } from './group';
import { publish } from './publish';
import { newScaler } from './scaler';
import { parseSettings, type ScalingSettings } from './settings';

/** What Lambda runs. */

const scalerOf = (settings: ScalingSettings): (() => Promise<void>) => {
  const reading = new AutoScalingClient(clientSettings);
  const changing = new AutoScalingClient({ ...clientSettings, maxAttempts: 1 });
  const ec2 = new EC2Client(clientSettings);
  const cloudWatch = new CloudWatchClient(clientSettings);
  return newScaler({
    settings,
    group: autoScalingGroup(reading, changing, settings.groupName),
    addresses: () => privateAddresses(ec2, settings.groupName),
    publish: (metrics) => publish(cloudWatch, settings, metrics),
    // Not the console, which would put the line as a text into JSON of its own.
    log: (line) => process.stdout.write(`${JSON.stringify(line)}\n`),
    nowMs: Date.now,
  });
};

let scaler: (() => Promise<void>) | undefined;

/** Scales the group once. What was made for the first call is kept for the next ones of this process. */
export async function handler(): Promise<void> {
  scaler ??= scalerOf(parseSettings(process.env['SETTINGS']));
  await scaler();
}
