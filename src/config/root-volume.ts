import { z } from 'zod';
import { wholeNumber } from './primitives';

/** What each volume type takes. @see https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html */
const volumeTypes = {
  gp3: { leastIops: 3000, mostIops: 16000, iopsPerGib: 500 },
  gp2: { leastIops: 0, mostIops: 0, iopsPerGib: 0 },
  io1: { leastIops: 100, mostIops: 64000, iopsPerGib: 50 },
  io2: { leastIops: 100, mostIops: 64000, iopsPerGib: 1000 },
};

interface Volume {
  readonly type: keyof typeof volumeTypes;
  readonly sizeGib?: number | undefined;
  readonly iops?: number | undefined;
  readonly throughputMibps?: number | undefined;
}

/** The rule that the volume's I/O operations break, if they break one. */
function iopsRule({ type, sizeGib = Infinity, iops }: Volume): string | undefined {
  const { leastIops, mostIops, iopsPerGib } = volumeTypes[type];
  if (iops === undefined) return type.startsWith('io') ? `is required for type ${type}` : undefined;
  if (type === 'gp2') return 'must not be set for type gp2';
  if (iops < leastIops || iops > mostIops)
    return `must be between ${leastIops} and ${mostIops} for type ${type}`;
  const most = Math.max(leastIops, sizeGib * iopsPerGib);
  return iops > most ? `must not exceed ${most}: ${iopsPerGib} for each GiB of type ${type}` : undefined;
}

/** The rule that the volume's throughput breaks, if it breaks one. */
function throughputRule({
  type,
  iops = volumeTypes.gp3.leastIops,
  throughputMibps,
}: Volume): string | undefined {
  if (throughputMibps === undefined) return undefined;
  if (type !== 'gp3') return 'must not be set for a type other than gp3';
  const most = Math.floor(iops / 4);
  return throughputMibps > most ? `must not exceed a quarter of iops (${most})` : undefined;
}

/** Root volume of an instance. */
export const rootVolume = z
  .strictObject({
    /** Size. @default the image's */
    sizeGib: wholeNumber(8, 16384).optional(),
    /** Volume type. @default gp3 */
    type: z.enum(['gp3', 'gp2', 'io1', 'io2']).default('gp3'),
    /** I/O operations per second: gp3 3000 to 16000, io1 and io2 100 to 64000. @default AWS's */
    iops: wholeNumber(100, 64000).optional(),
    /** Throughput of gp3. @default 125 */
    throughputMibps: wholeNumber(125, 1000).optional(),
  })
  .superRefine((volume, context) => {
    const rules = { iops: iopsRule(volume), throughputMibps: throughputRule(volume) };
    for (const [key, message] of Object.entries(rules))
      if (message !== undefined) context.addIssue({ code: 'custom', path: [key], message });
  });

/** A root volume, as parsed. */
export type ParsedRootVolume = z.output<typeof rootVolume>;
