import { z } from 'zod';
import { contents } from './image';
import { oneOfKeys } from './one-of-keys';
import { accountId, architecture, ec2Id, name, pattern } from './primitives';

/** What machines are started from, and with which key pair. */

/** An image that Packer builds from this model. */
export const packerImage = z.strictObject({
  /** Name of an image under `images`. */
  packer: name,
  /** Account that built and shares it. @default this one */
  ownerAccountId: accountId.optional(),
});

const givenAmi = z.strictObject({
  /** Id of the AMI. */
  ami: ec2Id('ami'),
  /** Instruction set. @default x86_64 */
  architecture: architecture.default('x86_64'),
  /** Device of its root volume; another one would be a second volume. @default /dev/xvda, as on Amazon Linux */
  rootDeviceName: pattern(/^\/dev\/[a-z0-9]{1,20}$/, 'must be a device such as /dev/xvda').default(
    '/dev/xvda',
  ),
  /** It has everything that our images have; false: provisioned at first boot. @default true */
  provisioned: z.boolean().default(true),
});

const stockImage = z.strictObject({
  /** AWS's own image, in its newest release; provisioned at first boot. */
  stock: z.enum(['amazon-linux-2023']),
  /** Instruction set. @default x86_64 */
  architecture: architecture.default('x86_64'),
  ...contents,
});

/** A machine image. @default Amazon Linux 2023, x86_64, provisioned at first boot */
export const imageChoice = oneOfKeys({ packer: packerImage, ami: givenAmi, stock: stockImage }).prefault({
  stock: 'amazon-linux-2023',
});

/** A machine image, as parsed. */
export type ParsedImageChoice = z.output<typeof imageChoice>;

/** The name of an EC2 key pair. */
export const keyName = pattern(
  /^[A-Za-z0-9][A-Za-z0-9 ._@:/+=-]{0,254}$/,
  'must be the name of an EC2 key pair',
);
