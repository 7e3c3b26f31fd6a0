# An OPC UA server (the package asyncua) as a press: what its nodes show is said to it on a port of its own,
# a line of JSON each, and it answers each with one.
#
#   python server.py FOLDER PORT CONTROL
#
# Its certificates lie in FOLDER: `server.der`, which it shows and keeps, and `other.der`, which nobody trusts.

import asyncio
import datetime
import json
import pathlib
import sys

from asyncua import Server, ua
from asyncua.crypto.permission_rules import User, UserRole
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

URI = "urn:mtm:press"
FOLDER, PORT, CONTROL = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])


class Users:
    """Anonymous, or one user with one password."""

    def get_user(self, _server, username=None, password=None, certificate=None):
        if username is None or (username, password) == ("mtm", "what the press knows"):
            return User(role=UserRole.User)
        return None


def make_certificate(name, days):
    certificate, key = FOLDER / f"{name}.der", FOLDER / f"{name}.pem"
    if certificate.exists():
        return
    secret = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = [x509.UniformResourceIdentifier(URI), x509.DNSName("press.example")]
    usage = dict.fromkeys(("encipher_only", "decipher_only", "key_agreement", "crl_sign"), False)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=30))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=True,
                data_encipherment=True,
                key_cert_sign=True,
                **usage,
            ),
            critical=True,
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(secret, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key.write_bytes(secret.private_bytes(*pem, serialization.NoEncryption()))
    certificate.write_bytes(made.public_bytes(serialization.Encoding.DER))


class Press:
    def __init__(self, server):
        self.server, self.nodes = server, {}

    async def build(self):
        index = await self.server.register_namespace(f"{URI}:parts")
        press = await self.server.nodes.objects.add_object(index, "Press7")
        counters = await press.add_object(index, "Counters")
        for parent, name, value, kind in (
            (press, "Parts", 0, ua.VariantType.UInt32),
            (counters, "Good", 0.0, ua.VariantType.Double),
            (counters, "Scrap", 0, ua.VariantType.Int16),
            (press, "Name", "press seven", ua.VariantType.String),
            (press, "Running", True, ua.VariantType.Boolean),
        ):
            await self.add(parent, index, name, value, kind)
        self.press, self.index = press, index

    async def add(self, parent, index, name, value, kind):
        node = ua.NodeId(f"Press7.{name}", index)
        variable = await parent.add_variable(node, name, ua.Variant(value, kind))
        self.nodes[name] = (variable, kind)

    async def obey(self, asked):
        does = asked["do"]
        if does == "show":
            for value in asked["values"]:
                await self.show(asked["node"], value, asked.get("status", 0))
        elif does == "add":
            await self.add(self.press, self.index, asked["node"], 7, ua.VariantType.UInt32)
        elif does == "many":
            for number in range(asked["count"]):
                await self.add(self.press, self.index, f"More{number}", number, ua.VariantType.UInt32)
        elif does == "forget":
            service = self.server.iserver.subscription_service
            await service.delete_subscriptions(list(service.subscriptions))
        elif does == "lose":
            # What nobody said that he had heard: as if there had been no room for it.
            for one in self.server.iserver.subscription_service.subscriptions.values():
                one._not_acknowledged_results.clear()
        elif does == "count":
            service = self.server.iserver.subscription_service
            unheard = [len(it._not_acknowledged_results) for it in service.subscriptions.values()]
            sessions = len(self.server.iserver._external_sessions)
            return {"sessions": sessions, "subscriptions": len(unheard), "unheard": sum(unheard)}
        return {}

    async def show(self, name, value, status):
        variable, kind = self.nodes[name]
        now = datetime.datetime.now(datetime.timezone.utc)
        value = ua.DataValue(ua.Variant(value, kind), ua.StatusCode(status), SourceTimestamp=now)
        space = self.server.iserver.aspace
        done = await space.write_attribute_value(variable.nodeid, ua.AttributeIds.Value, value)
        done.check()


async def main():
    make_certificate("server", 3650)
    make_certificate("other", 3650)
    make_certificate("over", -1)
    server = Server(user_manager=Users())
    await server.init()
    server.disable_clock()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{PORT}/press")
    server.set_server_name("Press seven")
    await server.set_application_uri(URI)
    kinds = ua.SecurityPolicyType
    server.set_security_policy(
        [
            kinds.NoSecurity,
            kinds.Basic256Sha256_SignAndEncrypt,
            kinds.Basic256Sha256_Sign,
            kinds.Aes128Sha256RsaOaep_SignAndEncrypt,
            kinds.Aes256Sha256RsaPss_SignAndEncrypt,
        ]
    )
    shows = (FOLDER / "shows").read_text().strip() if (FOLDER / "shows").exists() else "server"
    await server.load_certificate(FOLDER / f"{shows}.der")
    await server.load_private_key(FOLDER / f"{shows}.pem")
    if (FOLDER / "trusts_nobody").exists():

        async def refuse(_certificate, _description):
            raise ua.uaerrors.BadCertificateUntrusted

        server.set_certificate_validator(refuse)
    press = Press(server)
    await press.build()

    async def control(reader, writer):
        while line := await reader.readline():
            try:
                answer = await press.obey(json.loads(line))
            except Exception as error:
                answer = {"error": repr(error)}
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    async with server:
        controlled = await asyncio.start_server(control, "127.0.0.1", CONTROL)
        print("ready", flush=True)
        async with controlled:
            await controlled.serve_forever()


asyncio.run(main())
