"""Makes the networks that an environment refers to as given."""

import ipaddress

from moto.ec2.models import route_tables, security_groups, subnets, vpcs

from given_place import Refused, next_id


def _vpc(place, vpc_id):
    if vpc_id not in place.ec2.vpcs:
        with next_id(vpcs, 'random_vpc_id', vpc_id):
            # 172.31 is the default VPC's.
            place.ec2.create_vpc(cidr_block='10.%d.0.0/16' % (len(place.ec2.vpcs) % 256))
    return place.ec2.vpcs[vpc_id]


def _subnet(place, vpc, subnet_id):
    present = place.ec2.describe_subnets()
    if any(subnet.id == subnet_id for subnet in present):
        return
    siblings = [subnet for subnet in present if subnet.vpc_id == vpc.id]
    zones = [zone.name for zone in place.ec2.describe_availability_zones()]
    free = (
        block
        for block in ipaddress.ip_network(vpc.cidr_block).subnets(new_prefix=24)
        if not any(block.overlaps(subnet.cidr) for subnet in siblings)
    )
    block = next(free, None)
    if block is None:
        raise Refused('%s has no room for another subnet, %s.' % (vpc.id, subnet_id))
    with next_id(subnets, 'random_subnet_id', subnet_id):
        place.ec2.create_subnet(vpc.id, str(block), availability_zone=zones[len(siblings) % len(zones)])


def _route_table(place, vpc, route_table_id):
    if route_table_id not in place.ec2.route_tables:
        with next_id(route_tables, 'random_route_table_id', route_table_id):
            place.ec2.create_route_table(vpc.id)


def _networks(place, entry):
    for given in entry.get('vpcs', []):
        vpc = _vpc(place, given['id'])
        for subnet_id in given.get('subnetIds', []):
            _subnet(place, vpc, subnet_id)
        for route_table_id in given.get('routeTableIds', []):
            _route_table(place, vpc, route_table_id)


def _first_vpc(place, entry):
    """The VPC of what is given without one: the entry's first, or the account's default."""
    given = entry.get('vpcs', [])
    return place.ec2.vpcs[given[0]['id']] if given else place.ec2.default_vpc


def _loose_subnets(place, entry):
    for subnet_id in entry.get('subnetIds', []):
        _subnet(place, _first_vpc(place, entry), subnet_id)


def _security_groups(place, entry):
    for group_id in entry.get('securityGroupIds', []):
        if place.ec2.get_security_group_from_id(group_id) is None:
            with next_id(security_groups, 'random_security_group_id', group_id):
                vpc = _first_vpc(place, entry)
                place.ec2.create_security_group('given-' + group_id, 'Given', vpc_id=vpc.id)


def _key_pairs(place, entry):
    for name in entry.get('keyNames', []):
        if name not in place.ec2.key_pairs:
            place.ec2.create_key_pair(name, 'ed25519', {})


# In this order: a subnet belongs to the VPC that lists it, whoever else names it.
MAKERS = {
    'vpcs': _networks,
    'subnetIds': _loose_subnets,
    'securityGroupIds': _security_groups,
    'keyNames': _key_pairs,
}
