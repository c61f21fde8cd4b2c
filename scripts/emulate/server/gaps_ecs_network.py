"""ECS: where tasks are in the network."""

from moto.ec2.exceptions import InvalidSubnetIdError
from moto.ec2.models import ec2_backends
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import Service

from gaps import added, gap


def _check_subnets(ec2, subnet_ids):
    if not subnet_ids:
        raise InvalidParameterException('subnets can not be empty.')
    for subnet_id in subnet_ids:
        try:
            ec2.get_subnet(subnet_id)
        except InvalidSubnetIdError as error:
            raise InvalidParameterException(
                'Error retrieving subnet information for [%s]: %s (ErrorCode: InvalidSubnetID.NotFound)'
                % (subnet_id, error.message)
            ) from None


def _check_groups(ec2, group_ids, vpc_id):
    for group_id in group_ids:
        group = ec2.get_security_group_from_id(group_id)
        if group is None:
            raise InvalidParameterException(
                'Error retrieving security group information for [%s]: The security group \'%s\' does not exist '
                '(ErrorCode: InvalidGroup.NotFound)' % (group_id, group_id)
            )
        if group.vpc_id != vpc_id:
            message = 'Security group %s does not appear to belong to the same VPC as the input subnets.'
            raise InvalidParameterException(message % group_id)


def _ec2(backend):
    return ec2_backends[backend.account_id][backend.region_name]


def check_network(backend, configuration):
    """AWS's refusals of a network; answers it as AWS completes it."""
    if not configuration:
        message = 'Network Configuration must be provided when networkMode \'awsvpc\' is specified.'
        raise InvalidParameterException(message)
    defaults = {'assignPublicIp': 'DISABLED', 'securityGroups': []}
    given = {**defaults, **configuration['awsvpcConfiguration']}
    _check_subnets(_ec2(backend), given['subnets'])
    vpc_id = _ec2(backend).get_subnet(given['subnets'][0]).vpc_id
    _check_groups(_ec2(backend), given['securityGroups'], vpc_id)
    return {'awsvpcConfiguration': given}


def network_of_task(backend, network, number):
    """The network of one of several tasks, which go into the subnets in turn; the VPC's own group if need be."""
    given = network['awsvpcConfiguration']
    subnet_id = given['subnets'][number % len(given['subnets'])]
    default = _ec2(backend).get_default_security_group(_ec2(backend).get_subnet(subnet_id).vpc_id)
    groups = given['securityGroups'] or [default.id]
    return {'awsvpcConfiguration': {**given, 'subnets': [subnet_id], 'securityGroups': groups}}


def details_of(attachment):
    """The details of a task's network interface by their names."""
    return {detail['name']: detail['value'] for detail in attachment['details']}


@gap('ECS', 'a service without security groups is refused, and one of another VPC is not')
def networks():
    @added(Service, '_validate_network')
    def validate(service, configuration):
        return check_network(service._backend, configuration)
