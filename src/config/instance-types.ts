import type { Architecture } from './primitives';

/**
 * The instruction set of an instance type, from its name: Graviton families have a `g` behind the
 * generation (`m7g`, `c6gn`, `im4gn`), except the first one, `a1`.
 * @see https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
 */
export function architectureOf(instanceType: string): Architecture {
  return /^(a1|[a-z]+\d+[a-z-]*g[a-z0-9-]*)\./.test(instanceType) ? 'arm64' : 'x86_64';
}

/** What a fleet runs on when nothing is said. */
export const defaultInstanceType: Record<Architecture, string> = { x86_64: 'm6i.large', arm64: 'm7g.large' };

/** What a manager that runs no jobs itself runs on when nothing is said. */
export const defaultManagerInstanceType: Record<Architecture, string> = {
  x86_64: 't3.small',
  arm64: 't4g.small',
};

/** What an image is built on when nothing is said. */
export const defaultBuildInstanceType: Record<Architecture, string> = {
  x86_64: 't3.large',
  arm64: 't4g.large',
};
