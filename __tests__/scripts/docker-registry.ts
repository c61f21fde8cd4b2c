import { createServer, type Server } from 'node:http';
import { serveStub, stubEnvironment } from './stub-server';

/** An AWS on loopback with one account and its container registry, which keeps what is made and pushed. */

/** What it starts with. */
export interface StubRegistryProps {
  readonly account?: string;
  /** Actions that are refused. */
  readonly refused?: readonly string[];
  /** Repositories that exist, with the tags of their images, the oldest push first. */
  readonly repositories?: Readonly<Record<string, readonly string[]>>;
  /** The tags of these repositories themselves. */
  readonly repositoryTags?: Readonly<Record<string, string>>;
  /** Their lifecycle policy. */
  readonly policy?: string;
}

type Body = Readonly<Record<string, unknown>>;

interface StubRepository {
  readonly imageTags: Set<string>;
  readonly tags: Map<string, string>;
  policy: string | undefined;
}

/** A tag as AWS has it. */
interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** Password of the registry: it must come out nowhere. */
export const PASSWORD = 'eyJ-canary-password';

/** Digest of every image. */
export const DIGEST = `sha256:${'0a'.repeat(32)}`;

const REGION = 'eu-central-1';

class Refusal extends Error {
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

/** One image by its tag, or all, in pages of two. */
function describedImages({ imageTags }: StubRepository, { imageIds, nextToken = '0' }: Body): object {
  const all = [...imageTags].map((imageTag, index) => ({
    imageDigest: DIGEST,
    imageTags: [imageTag],
    imagePushedAt: 1_767_225_600 + index,
  }));
  if (imageIds === undefined) {
    const start = Number(nextToken);
    const isLast = start + 2 >= all.length;
    return {
      imageDetails: all.slice(start, start + 2),
      ...(isLast ? {} : { nextToken: String(start + 2) }),
    };
  }
  const [{ imageTag = '' } = {}] = imageIds as { imageTag?: string }[];
  if (!imageTags.has(imageTag)) throw new Refusal('ImageNotFoundException', 'There is no image');
  return { imageDetails: all.filter((image) => image.imageTags.includes(imageTag)) };
}

/** The tags of the repository itself, of which there are at most 50. */
function answerTags({ tags }: StubRepository, action: string, body: Body): object {
  switch (action) {
    case 'ListTagsForResource':
      return { tags: [...tags].map(([Key, Value]) => ({ Key, Value })) };
    case 'UntagResource':
      for (const key of body.tagKeys as string[]) tags.delete(key);
      return {};
    case 'TagResource': {
      const added = (body.tags as Tag[]).map(({ Key, Value }) => [Key, Value] as const);
      if (new Map([...tags, ...added]).size > 50)
        throw new Refusal('TooManyTagsException', 'There would be more than 50 tags');
      for (const [key, value] of added) tags.set(key, value);
      return {};
    }
    default:
      throw new Refusal('InvalidParameterException', `This registry does not know ${action}`);
  }
}

/** Runs while a test does. */
export class StubRegistry {
  /** Every call of the registry, with what it asked for. */
  readonly calls: { readonly action: string; readonly body: Body }[] = [];
  private readonly repositories: Map<string, StubRepository>;
  private refused: readonly string[];

  private constructor(
    private readonly props: StubRegistryProps,
    private readonly server: Server,
  ) {
    this.refused = props.refused ?? [];
    this.repositories = new Map(
      Object.entries(props.repositories ?? {}).map(([name, tags]) => [
        name,
        {
          imageTags: new Set(tags),
          tags: new Map(Object.entries(props.repositoryTags ?? {})),
          policy: props.policy,
        },
      ]),
    );
  }

  static async start(props: StubRegistryProps = {}): Promise<StubRegistry> {
    const server = createServer();
    const stub = new StubRegistry(props, server);
    await serveStub(server, (body, headers) => {
      const target = headers['x-amz-target'];
      return typeof target === 'string'
        ? stub.answerRegistry(target.split('.')[1] ?? '', JSON.parse(body) as Body)
        : stub.answerIdentity();
    });
    return stub;
  }

  /** What lets a command ask it, and nobody else. */
  get env(): NodeJS.ProcessEnv {
    return stubEnvironment(this.server);
  }

  /** What the last call of an action asked for. */
  asked(action: string): Body | undefined {
    return this.calls.findLast((call) => call.action === action)?.body;
  }

  /** Calls that change something, in their order. */
  get changes(): string[] {
    return this.calls
      .map(({ action }) => action)
      .filter((action) => /^(Create|Put|Delete|Tag|Untag)/.test(action));
  }

  /** From now on nothing is refused. */
  allow(): void {
    this.refused = [];
  }

  /** The tags of a repository. */
  tagsOf(name: string): Readonly<Record<string, string>> {
    return Object.fromEntries(this.repository(name).tags);
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private get account(): string {
    return this.props.account ?? '111122223333';
  }

  private answerIdentity() {
    const text = `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>${this.account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;
    return { status: 200, type: 'text/xml', text };
  }

  private answerRegistry(action: string, body: Body) {
    this.calls.push({ action, body });
    const type = 'application/x-amz-json-1.1';
    try {
      return { status: 200, type, text: JSON.stringify(this.answer(action, body)) };
    } catch (error) {
      const { type: __type, message } = error as Refusal;
      return { status: 400, type, text: JSON.stringify({ __type, message }) };
    }
  }

  private answer(action: string, body: Body): object {
    if (this.refused.includes(action))
      throw new Refusal('AccessDeniedException', `You are not allowed to ${action}`);
    const name = (body.repositoryName ?? (body.resourceArn as string | undefined)?.split('/')[1]) as string;
    switch (action) {
      case 'GetAuthorizationToken': {
        const authorizationToken = Buffer.from(`AWS:${PASSWORD}`).toString('base64');
        return { authorizationData: [{ authorizationToken }] };
      }
      case 'DescribeRepositories': {
        const [asked = ''] = body.repositoryNames as string[];
        this.repository(asked);
        return { repositories: [this.described(asked)] };
      }
      case 'CreateRepository':
        this.repositories.set(name, {
          imageTags: new Set(),
          tags: new Map((body.tags as Tag[]).map(({ Key, Value }) => [Key, Value])),
          policy: undefined,
        });
        return { repository: this.described(name) };
      default:
        return this.answerIn(this.repository(name), action, body);
    }
  }

  private answerIn(repository: StubRepository, action: string, body: Body): object {
    switch (action) {
      case 'GetLifecyclePolicy':
        if (repository.policy === undefined)
          throw new Refusal('LifecyclePolicyNotFoundException', 'There is no policy');
        return { lifecyclePolicyText: repository.policy };
      case 'PutLifecyclePolicy':
        repository.policy = body.lifecyclePolicyText as string;
        return {};
      case 'PutImage':
        repository.imageTags.add(body.imageTag as string);
        return {};
      case 'DescribeImages':
        return describedImages(repository, body);
      default:
        return answerTags(repository, action, body);
    }
  }

  private repository(name: string): StubRepository {
    const repository = this.repositories.get(name);
    if (repository === undefined) throw new Refusal('RepositoryNotFoundException', `There is no ${name}`);
    return repository;
  }

  private described(name: string) {
    return {
      repositoryName: name,
      repositoryArn: `arn:aws:ecr:${REGION}:${this.account}:repository/${name}`,
      repositoryUri: `${this.account}.dkr.ecr.${REGION}.amazonaws.com/${name}`,
    };
  }
}

/** What a push tells the registry, without a layer: ECR's own call behind Docker's protocol. */
const putImage = `
const [, account, repositoryName, imageTag] = /^(\\d+)[^/]+\\/(.+):(.+)$/.exec(process.argv[1]);
const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.docker.distribution.manifest.v2+json', config: { digest: 'sha256:1' }, layers: [] });
fetch(process.env.AWS_ENDPOINT_URL, {
  method: 'POST',
  headers: {
    'Content-Type': 'application/x-amz-json-1.1',
    'X-Amz-Target': 'AmazonEC2ContainerRegistry_V20150921.PutImage',
    Authorization: 'AWS4-HMAC-SHA256 Credential=EMULATED' + account + '/20260101/${REGION}/ecr/aws4_request, SignedHeaders=host, Signature=0',
  },
  body: JSON.stringify({ repositoryName, imageTag, imageManifest }),
}).then((answer) => { if (!answer.ok) answer.text().then((text) => { console.error(text); process.exitCode = 1; }); });
`;

/** What a stub of Docker does at each step, besides what it always does. */
export interface StubDockerProps {
  /** Architecture of its engine. */
  readonly architecture?: string;
  /** The context that leads to it. */
  readonly context?: string;
  /** Shell commands of a build; the context is in `$context`. */
  readonly build?: string;
  /** Shell commands of a login, whose input is kept already. */
  readonly login?: string;
  /** Shell commands before a push. */
  readonly push?: string;
}

/** A Docker that keeps the last build context, configuration and password in `folder`, and pushes no layer. */
export const stubDocker = (
  folder: string,
  { architecture = 'amd64', context = 'default', build = '', login = '', push = '' }: StubDockerProps = {},
): string => `case $1 in
  version) echo '${JSON.stringify({
    Client: { Context: context },
    Server: { Os: 'linux', Arch: architecture },
  })}' ;;
  buildx|image) ;;
  build) context=\${*: -1}; rm -rf '${folder}/context'; cp -r "$context" '${folder}/context'
    env | grep -E '^(DOCKER|BUILDX)' | sort >'${folder}/build.env'
    echo '#1 building'
    ${build} ;;
  login) cat >'${folder}/password'
    rm -rf '${folder}/configuration'; cp -rp "$DOCKER_CONFIG" '${folder}/configuration'
    stat -c %a "$DOCKER_CONFIG" >'${folder}/configuration.mode'
    echo "{\\"auths\\":{\\"$5\\":{\\"auth\\":\\"$(base64 <'${folder}/password')\\"}}}" >"$DOCKER_CONFIG/config.json"
    echo 'Login Succeeded'
    ${login} ;;
  push) cat "$DOCKER_CONFIG/config.json" >'${folder}/pushed-with.json'
    echo "$DOCKER_CONTEXT" >'${folder}/pushed-to'
    ${push}
    '${process.execPath}' -e '${putImage.replaceAll("'", `'\\''`)}' "$2" ;;
  *) echo "unknown: $*" >&2; exit 64 ;;
esac
`;
