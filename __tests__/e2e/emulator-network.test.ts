import { startEmulator, type RunningEmulator } from '../../scripts/emulate/start-emulator';
import { askAws } from '../support/ask-aws';
import { describeWith } from '../support/engines';

/** Networks of the emulated AWS, where it has to be as AWS is. */

const account = '111122223333';
const region = 'eu-central-1';
const given = {
  id: 'vpc-0123456789abcdef0',
  routeTableIds: ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1'],
};

describeWith(['moto'], 'a gateway endpoint of the emulated AWS', ({ moto }) => {
  const [first = '', second = ''] = given.routeTableIds;
  let emulator: RunningEmulator;
  let endpoint: string;

  const ask = async (action: string, parameters: Record<string, string>) => {
    const answer = await askAws({ url: emulator.url, account, region }, 'ec2', action, parameters);
    expect({ action, status: answer.status, text: answer.text }).toMatchObject({ action, status: 200 });
    return answer;
  };
  /** The gateways to which a route table leads, but the VPC itself. */
  const waysOf = async (table: string) =>
    (await ask('DescribeRouteTables', { 'RouteTableId.1': table }))
      .all('gatewayId')
      .filter((gateway) => gateway !== 'local');
  const modify = (parameters: Record<string, string>) =>
    ask('ModifyVpcEndpoint', { VpcEndpointId: endpoint, ...parameters });

  beforeAll(async () => {
    emulator = await startEmulator({
      python: moto,
      defaultAccountId: account,
      given: [{ accountId: account, region, vpcs: [given] }],
    });
    const { all } = await ask('CreateVpcEndpoint', {
      VpcId: given.id,
      ServiceName: `com.amazonaws.${region}.s3`,
      VpcEndpointType: 'Gateway',
      'RouteTableId.1': first,
    });
    endpoint = all('vpcEndpointId')[0] ?? '';
  });
  afterAll(() => emulator.stop());

  test('is a way of the route tables that it has, and of no other', async () => {
    expect(await waysOf(first)).toEqual([endpoint]);
    expect(await waysOf(second)).toEqual([]);
  });

  test('is a way of a route table that it gets later, once only', async () => {
    await modify({ 'AddRouteTableId.1': second });
    await modify({ 'AddRouteTableId.1': second });
    expect(await waysOf(second)).toEqual([endpoint]);
    expect(await waysOf(first)).toEqual([endpoint]);
  });

  test('is no way any more of one that it loses, and can be deleted', async () => {
    await modify({ 'RemoveRouteTableId.1': first });
    expect(await waysOf(first)).toEqual([]);
    await ask('DeleteVpcEndpoints', { 'VpcEndpointId.1': endpoint });
    expect(await waysOf(second)).toEqual([]);
  });
});
