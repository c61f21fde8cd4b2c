import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../support/folders';
import { acme, build, contentOf, discard, registry } from './docker-shell';
import { allows, type PolicyStatement } from './policy-evaluator';

/** What docs/container-images.md tells of commands and permissions. */

jest.setTimeout(60_000);

afterEach(discard);

const page = readFileSync(join(REPOSITORY, 'docs/container-images.md'), 'utf8');

const block = (language: string, words: string): string => {
  const blocks = [...page.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map(
    ([, text]) => text,
  );
  const found = blocks.find((text) => text?.includes(words));
  if (found === undefined) throw new Error(`docs/container-images.md has no ${language} block with ${words}`);
  return found;
};

/** What `docker push` asks of ECR. @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html */
const push = [
  'BatchCheckLayerAvailability',
  'BatchGetImage',
  'CompleteLayerUpload',
  'InitiateLayerUpload',
  'PutImage',
  'UploadLayerPart',
];

test('the policy in the documentation allows every call of a build, and nothing more', async () => {
  const { Statement } = JSON.parse(block('json', '"Statement"')) as { Statement: PolicyStatement[] };
  const old = { 'gitlab-runner-aws:image-0123456789abcdef0123456789abcdef': 'x86_64' };
  const there = await registry({ repositories: { 'acme-prod-worker': [] }, repositoryTags: old });
  const { code, stderr } = await build(acme(), ['prod', '--driver-sha256', 'a'.repeat(64)], there.env);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const arnOf = (name: string) => `arn:aws:ecr:eu-central-1:111122223333:repository/${name}`;
  const asked = there.calls.map(({ action, body }) => {
    const name = (body.repositoryName ?? (body.repositoryNames as string[] | undefined)?.[0]) as
      string | undefined;
    const arn = (body.resourceArn ?? (name === undefined ? '*' : arnOf(name))) as string;
    return { action: `ecr:${action}`, resources: [{ arn, context: {} }] };
  });
  const pushed = push.map((action) => ({
    action: `ecr:${action}`,
    resources: [{ arn: arnOf('acme-prod-manager'), context: {} }],
  }));
  const calls = [...asked, ...pushed];
  expect(calls.filter((call) => !allows(Statement, call))).toEqual([]);
  const actions = Statement.flatMap(({ Action }) => Action);
  expect([...actions].sort()).toEqual([...new Set(calls.map(({ action }) => action))].sort());
});

test('the command for a worker image without a registry gives its Dockerfile what that needs', () => {
  const [, file = '', settings = ''] =
    /^docker build --file (\S+)((?: --build-arg \S+)*) --tag worker \.$/m.exec(
      block('sh', 'docker/worker'),
    ) ?? [];
  const dockerfile =
    contentOf('worker')
      .files.find(({ path }) => path === file)
      ?.bytes.toString() ?? '';
  const needed = [...dockerfile.matchAll(/^ARG (\w+)$/gm)].map(([, name]) => name);
  const given = [...settings.matchAll(/--build-arg (\w+)=/g)].map(([, name]) => name);
  expect(needed).toEqual(['GITLAB_RUNNER_VERSION']);
  expect(given).toEqual(needed);
});
