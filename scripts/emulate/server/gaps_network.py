"""EC2: endpoints of a VPC."""

from moto.ec2.models.vpcs import VPCBackend

from gaps import gap, wrapped


@gap('EC2', 'a route table that a gateway endpoint gets later has no route to it: deleting the endpoint fails')
def routes_to_endpoints():
    @wrapped(VPCBackend, 'modify_vpc_endpoint')
    def modify(original, backend, vpc_id, **changes):
        endpoint = backend.describe_vpc_endpoints([vpc_id])[0]
        before = set(endpoint.route_table_ids or [])
        original(backend, vpc_id=vpc_id, **changes)
        after = set(endpoint.route_table_ids or [])
        destination = endpoint.destination_prefix_list_id
        for route_table_id in after - before:
            backend.create_route(
                route_table_id, None, gateway_id=vpc_id, destination_prefix_list_id=destination
            )
        for route_table_id in before - after:
            backend.delete_route(route_table_id, destination)
