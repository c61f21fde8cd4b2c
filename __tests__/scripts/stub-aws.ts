import { createServer, type Server } from 'node:http';
import { serveStub, stubEnvironment } from './stub-server';

/** An AWS on loopback that knows one account, and answers what a build asks before it starts. */

/** What there is in it. */
export interface StubAwsProps {
  readonly account?: string;
  readonly subnetIds?: readonly string[];
  /** AMIs, whatever tag is asked for; the newest is not the first. */
  readonly images?: readonly { readonly id: string; readonly creationDate: string }[];
  /** Actions that are refused. */
  readonly refused?: readonly string[];
}

const items = (texts: readonly string[]): string => texts.map((text) => `<item>${text}</item>`).join('');

/** Runs while a test does. */
export class StubAws {
  /** Every call: its action and parameters. */
  readonly calls: URLSearchParams[] = [];

  private constructor(
    private readonly props: StubAwsProps,
    private readonly server: Server,
  ) {}

  static async start(props: StubAwsProps = {}): Promise<StubAws> {
    const server = createServer();
    const stub = new StubAws(props, server);
    await serveStub(server, (body) => {
      const call = new URLSearchParams(body);
      stub.calls.push(call);
      return { type: 'text/xml', ...stub.answer(call.get('Action') ?? '') };
    });
    return stub;
  }

  /** What lets a command ask it, and nobody else. */
  get env(): NodeJS.ProcessEnv {
    return stubEnvironment(this.server);
  }

  /** Values of a filter of the last call of an action. */
  filter(action: string, name: string): string | undefined {
    const call = this.calls.findLast((one) => one.get('Action') === action);
    const index = [...(call?.entries() ?? [])].find(([, value]) => value === name)?.[0].split('.')[1];
    return call?.get(`Filter.${index}.Value.1`) ?? undefined;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private answer(action: string): { status: number; text: string } {
    const { account = '111122223333', subnetIds = [], images = [], refused = [] } = this.props;
    if (refused.includes(action))
      return {
        status: 403,
        text: `<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not allowed to ${action}</Message></Error></Errors></Response>`,
      };
    const bodies: Record<string, string> = {
      GetCallerIdentity: `<GetCallerIdentityResult><Account>${account}</Account></GetCallerIdentityResult>`,
      DescribeSubnets: `<subnetSet>${items(subnetIds.map((id) => `<subnetId>${id}</subnetId>`))}</subnetSet>`,
      DescribeImages: `<imagesSet>${items(
        images.map(
          ({ id, creationDate }) => `<imageId>${id}</imageId><creationDate>${creationDate}</creationDate>`,
        ),
      )}</imagesSet>`,
    };
    return { status: 200, text: `<${action}Response>${bodies[action] ?? ''}</${action}Response>` };
  }
}
