import {
  architectureOf,
  defaultBuildInstanceType,
  defaultInstanceType,
} from '../../src/config/instance-types';
import { instanceType } from '../../src/config/primitives';

/** Real instance types, of every family that has a peculiar name. */

const x86 =
  `t2.nano t2.micro t3.large t3a.small m4.10xlarge m5.large m5a.24xlarge m5ad.large m5d.metal m5dn.large
  m5n.large m5zn.12xlarge m6a.48xlarge m6i.large m6id.metal m6idn.32xlarge m6in.large m7a.medium m7a.metal-48xl
  m7i-flex.large m7i.metal-24xl m8a.large m8i.large m8i-flex.xlarge c4.8xlarge c5.18xlarge c5a.large c5ad.large c5d.9xlarge
  c5n.metal c6a.metal c6i.32xlarge c6id.large c6in.metal c7a.large c7i-flex.8xlarge c7i.metal-48xl c8i.large r4.16xlarge
  r5.large r5a.large r5ad.large r5b.metal r5d.large r5dn.large r5n.large r6a.metal r6i.large r6id.large r6idn.large
  r6in.large r7a.large r7i.large r7iz.metal-32xl r8i.large r8i-flex.large x1.32xlarge x1e.xlarge x2idn.metal
  x2iedn.32xlarge x2iezn.metal z1d.metal u-3tb1.56xlarge u-6tb1.metal u-24tb1.112xlarge u7i-12tb.224xlarge
  u7in-16tb.224xlarge u7inh-32tb.480xlarge d2.8xlarge d3.2xlarge d3en.12xlarge h1.2xlarge i2.xlarge i3.metal i3en.metal
  i4i.metal i7i.large i7ie.48xlarge p2.xlarge p3dn.24xlarge p4d.24xlarge p4de.24xlarge p5.48xlarge p5e.48xlarge
  p5en.48xlarge p6-b200.48xlarge g3.4xlarge g3s.xlarge g4ad.xlarge g4dn.metal g5.xlarge g6.xlarge g6e.48xlarge
  gr6.4xlarge g6f.large gr6f.4xlarge trn1.2xlarge trn1n.32xlarge trn2.48xlarge inf1.xlarge inf2.48xlarge dl1.24xlarge
  dl2q.24xlarge f1.2xlarge f2.6xlarge vt1.3xlarge hpc6a.48xlarge hpc6id.32xlarge hpc7a.96xlarge`.split(/\s+/);

const arm =
  `a1.medium a1.metal t4g.nano t4g.2xlarge m6g.large m6gd.metal m7g.metal m7gd.16xlarge m8g.metal-24xl m8gd.large
  m8gb.large m8gn.48xlarge c6g.large c6gd.large c6gn.16xlarge c7g.large c7gd.large c7gn.metal c8g.metal-48xl c8gd.large
  c8gn.large c8gb.large r6g.large r6gd.large r7g.large r7gd.large r8g.large r8gb.metal-24xl r8gd.large r8gn.large
  x2gd.metal x8g.metal-48xl im4gn.16xlarge is4gen.8xlarge i4g.large i8g.metal-24xl i8ge.large g5g.metal hpc7g.16xlarge
  p6e-gb200.36xlarge`.split(/\s+/);

test('there are many of both', () => {
  expect(x86.length).toBeGreaterThan(100);
  expect(arm.length).toBeGreaterThan(35);
});

test.each(x86)('%s is x86_64', (type) => {
  expect(architectureOf(type)).toBe('x86_64');
});

test.each(arm)('%s is arm64', (type) => {
  expect(architectureOf(type)).toBe('arm64');
});

test.each([...x86, ...arm])('takes %s', (type) => {
  expect(instanceType.safeParse(type).success).toBe(true);
});

test.each([
  '',
  'm6i',
  'm6i.',
  '.large',
  'm6i.huge',
  'M6i.large',
  'm6i.large ',
  'm6i.large;id',
  '6m.large',
  'm6i.xxlarge',
  'm6i.metal-xl',
])('rejects %p', (type) => {
  expect(instanceType.safeParse(type).success).toBe(false);
});

test.each(['x86_64', 'arm64'] as const)('the defaults of %s are of that architecture', (architecture) => {
  expect(architectureOf(defaultInstanceType[architecture])).toBe(architecture);
  expect(architectureOf(defaultBuildInstanceType[architecture])).toBe(architecture);
});
