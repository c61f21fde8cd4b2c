import type { StubDockerProps } from './docker-registry';
import { acme, build, contentOf, discard, REGISTRY, registry } from './docker-shell';
import { tagChanges } from '../../scripts/docker/repository-tags';

/** How `docker:build` tells stacks which images there are. */

jest.setTimeout(60_000);

afterEach(discard);

const worker = contentOf('worker');

const tagOf = (hash: string): string => `gitlab-runner-aws:image-${hash}`;

describe('the tag of the repository by which a stack finds the image', () => {
  const old = 'a'.repeat(32);
  const older = 'b'.repeat(32);
  const repositories = { 'acme-prod-worker': [older, old] };

  test('is set once ECR has the image, beside those of images that are still there', async () => {
    const repositoryTags = { team: 'ci', [tagOf(old)]: 'x86_64', [tagOf('c'.repeat(32))]: 'x86_64' };
    const [at, there] = [acme(), await registry({ repositories, repositoryTags })];
    const { code } = await build(at, ['prod', 'worker'], there.env);
    expect({ code, tags: there.tagsOf('acme-prod-worker') }).toEqual({
      code: 0,
      tags: { team: 'ci', [tagOf(old)]: 'x86_64', [tagOf(worker.hash)]: 'x86_64' },
    });
    const actions = there.calls.map(({ action }) => action);
    expect(actions.slice(actions.indexOf('PutImage'))).toEqual([
      'PutImage',
      'DescribeRepositories',
      'DescribeImages',
      'ListTagsForResource',
      'DescribeImages',
      'DescribeImages',
      'UntagResource',
      'TagResource',
    ]);
  });

  test.each<[string, StubDockerProps]>([
    ['a build that failed', { build: 'exit 3' }],
    ['a push that failed', { push: 'exit 1' }],
    ['a push that ended well without an image in ECR', { push: 'exit 0' }],
  ])('is not set after %s', async (_, docker) => {
    const [at, there] = [acme(docker), await registry({ repositories })];
    const { code } = await build(at, ['prod', 'worker'], there.env);
    expect({ code, tags: there.tagsOf('acme-prod-worker') }).toEqual({ code: 1, tags: {} });
  });

  test('gets its room from the oldest push, where AWS takes no more tags', async () => {
    const others = Object.fromEntries(Array.from({ length: 48 }, (_, index) => [`other-${index}`, '']));
    const repositoryTags = { ...others, [tagOf(older)]: 'x86_64', [tagOf(old)]: 'x86_64' };
    const [at, there] = [acme(), await registry({ repositories, repositoryTags })];
    const { code } = await build(at, ['prod', 'worker'], there.env);
    expect({ code, tags: there.tagsOf('acme-prod-worker') }).toEqual({
      code: 0,
      tags: { ...others, [tagOf(old)]: 'x86_64', [tagOf(worker.hash)]: 'x86_64' },
    });
  });

  const missing = `${REGISTRY}/acme-prod-worker:${worker.hash} is in ECR, but its repository did not get the tag by which a stack finds it; the same command sets it. AWS could not be asked with the credentials of this shell: `;

  test.each(['ListTagsForResource', 'TagResource'])(
    'is set by the next run where %s was refused after the push',
    async (action) => {
      const [at, there] = [acme(), await registry({ refused: [action] })];
      const { code, stdout, stderr } = await build(at, ['prod', 'worker'], there.env);
      expect({ code, stdout, last: stderr.trim().split('\n').at(-1) }).toEqual({
        code: 1,
        stdout: '',
        last: `${missing}You are not allowed to ${action}`,
      });
      there.allow();
      const again = await build(at, ['prod', 'worker'], there.env);
      expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('exists already') as string });
      expect(there.tagsOf('acme-prod-worker')).toMatchObject({ [tagOf(worker.hash)]: 'x86_64' });
      expect(at.calls.filter((call) => call.startsWith('docker push'))).toHaveLength(1);
    },
  );

  test('is refused by AWS where the user’s own tags leave no room', async () => {
    const repositoryTags = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`other-${index}`, '']),
    );
    const there = await registry({ repositories: { 'acme-prod-worker': [worker.hash] }, repositoryTags });
    const { code, stderr } = await build(acme(), ['prod', 'worker'], there.env);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `${missing}There would be more than 50 tags\n` });
    expect(there.tagsOf('acme-prod-worker')).toEqual(repositoryTags);
  });
});

describe('the tags that change', () => {
  const key = (letter: string) => tagOf(letter.repeat(32));
  const tag = (Key: string, Value = 'x86_64') => ({ Key, Value });
  const image = (letter: string, day: number) => ({
    imageTags: [letter.repeat(32)],
    imagePushedAt: new Date(Date.UTC(2026, 0, day)),
  });
  const images = [image('b', 2), image('c', 3), image('a', 1)];
  const others = (count: number) => Array.from({ length: count }, (_, index) => tag(`other-${index}`));

  test.each([
    ['are none where all is as it should be', [tag(key('a')), tag(key('b'))], 'a', [], []],
    ['are none of the user’s, however alike', [tag('gitlab-runner-aws:image-hash')], 'a', [], ['a']],
    ['are those of another instruction set', [tag(key('a'), 'arm64')], 'a', [], ['a']],
    ['are those without an image', [tag(key('d')), tag(key('a'))], 'a', ['d'], []],
    [
      'are the oldest where there is room for two',
      [...others(48), tag(key('a')), tag(key('b'))],
      'c',
      ['a'],
      ['c'],
    ],
    ['are newer ones where there is room for one', [...others(49), tag(key('b'))], 'a', ['b'], ['a']],
  ])('%s', (_, tags, wanted, remove, set) => {
    expect(tagChanges(tags, images, tag(key(wanted)))).toEqual({
      remove: remove.map(key),
      set: set.map((letter) => tag(key(letter))),
    });
  });
});
