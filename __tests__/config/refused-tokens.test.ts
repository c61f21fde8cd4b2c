import { SECRET_ARN, refusals } from '../support/environments';
import { maximal } from '../support/maximal';
import { fleet, linux, long, put, putFleet, putRunner, runner } from '../support/refusals';

/** A token in any text is refused, and never repeated. */

describe('a token', () => {
  const token = 'glrt-t1_SECRETVALUE';
  const rule = "must not contain a GitLab token: store it as the value of the runner's secret";

  /** Paths of every text, and of every key that the user chooses. */
  function textPaths(value: unknown, path: readonly string[] = []): string[][] {
    if (typeof value === 'string') return [[...path]];
    if (value === null || typeof value !== 'object') return [];
    return Object.entries(value).flatMap(([key, inner]) => textPaths(inner, [...path, key]));
  }
  const texts = textPaths(maximal());

  /** The environment in which the text at a path is another one. */
  function replaceText(path: readonly string[], text: string): object {
    const copy: object = structuredClone(maximal());
    const parent = path
      .slice(0, -1)
      .reduce<object>((value, key) => (value as Record<string, object>)[key] as object, copy);
    (parent as Record<string, unknown>)[path.at(-1) as string] = text;
    return copy;
  }

  test('stands in every kind of text field of these tests', () => {
    expect(texts.length).toBeGreaterThan(150);
  });

  test.each(texts.map((path) => [path.join('.'), path] as const))(
    'is rejected and not repeated in %s',
    (_, path) => {
      const message = refusals(replaceText(path, `"${token}" # a`)).join('\n');
      expect(message).toContain(rule);
      expect(message).not.toContain('SECRETVALUE');
    },
  );

  test('is rejected with path and without value', () => {
    expect(refusals(putRunner('environment', { TOKEN: `a ${token} b` }))).toEqual([
      `environments/dev.ts: ${runner}.environment.TOKEN ${rule}, got "a [redacted] b"`,
    ]);
  });

  test.each([
    ['tags', put('tags', { [token]: 'x' }), 'tags.[redacted]'],
    ['environment', putRunner('environment', { [token]: 'x' }), `${runner}.environment.[redacted]`],
    ['labels', putRunner('labels', { [token]: 'x' }), `${runner}.labels.[redacted]`],
    [
      'container labels',
      putRunner('docker.containerLabels', { [token]: 'x' }),
      `${runner}.docker.containerLabels.[redacted]`,
    ],
    ['extraConfig', putRunner('extraConfig', { [token]: 'x' }), `${runner}.extraConfig.[redacted]`],
    ['unknown keys', put(token.replace('.', ''), 'x'), '[redacted]'],
    ['images', put('images', { 'glrt-secretvalue': {} }), 'images.[redacted]'],
    ['fleets', put('fleets', { 'glrt-secretvalue': linux() }), 'fleets.[redacted]'],
    ['runners', putFleet('runners', { 'glrt-secretvalue': {} }), `${fleet}.runners.[redacted]`],
  ])('is rejected and not repeated as a key of %s', (_, input, path) => {
    const messages = refusals(input);
    expect(messages[0]).toBe(`environments/dev.ts: ${path} ${rule}, got "[redacted]"`);
    expect(messages.join('\n')).not.toMatch(/secretvalue/i);
  });

  test.each([
    ['a list instead of an object', put('tags', [{ [token]: 1 }])],
    ['an object instead of a list', putRunner('docker.volumes', { [token]: 1 })],
    ['an image of no kind', putFleet('image', { [token]: 1 })],
    [
      'a flag besides the one against rotation',
      putRunner('featureFlags', { FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: { [token]: 1 } }),
    ],
    ['the list of images', put('images', { 'glrt-secretvalue': {} }, putFleet('image', { packer: 'x' }))],
    ['a name that is too long', put('fleets', { [`glrt-secretvalue-${long(60)}`]: linux() })],
    [
      'a name made twice',
      put('fleets', {
        'glrt-secretvalue': {
          ...linux(),
          runners: { a: { token: { secretName: 'x' } }, b: { token: { secretName: 'x' } } },
        },
      }),
    ],
    [
      'a secret that another runner has',
      put('fleets', {
        'glrt-secretvalue': {
          ...linux(),
          runners: { a: { token: { secretArn: SECRET_ARN } }, b: { token: { secretArn: SECRET_ARN } } },
        },
      }),
    ],
  ])('is not repeated by another refusal: %s', (_, input) => {
    const messages = refusals(input);
    expect(messages.length).toBeGreaterThan(1);
    expect(messages.join('\n')).not.toMatch(/secretvalue/i);
  });
});
