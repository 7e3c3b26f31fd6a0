// A certified provider, as a plant might run it: everybody is let in under the name that they type, and
// belongs to the groups that a file says at that moment. Started by the fixture with a port, the folder of
// the package, a file of groups, and the secret of the one client.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

// It also gives tokens to machines, for as long as another file says, and answers at /protected who shows
// one that it gave and did not take back.
const [port, folder, groups, secret, machines] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(`${folder}/lib/index.js`).href);

const said = () => JSON.parse(readFileSync(machines, "utf8"));
const machine = (client_id, rest) => ({
  client_id,
  grant_types: ["client_credentials"],
  response_types: [],
  redirect_uris: [],
  scope: "stock",
  ...rest,
});

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "mtm",
      client_secret: secret,
      // Of such a client any port of this machine may be come back to (RFC 8252, 7.3).
      application_type: "native",
      grant_types: ["authorization_code"],
      response_types: ["code"],
      redirect_uris: ["http://localhost/sign-in/oidc/callback"],
    },
    machine("machine-basic", { client_secret: secret, token_endpoint_auth_method: "client_secret_basic" }),
    machine("machine-post", { client_secret: secret, token_endpoint_auth_method: "client_secret_post" }),
    machine("machine-key", { token_endpoint_auth_method: "private_key_jwt", jwks: said().jwks }),
  ],
  ttl: { ClientCredentials: () => said().lifetime },
  pkce: { required: () => true },
  scopes: ["openid", "profile", "groups", "stock"],
  claims: { openid: ["sub"], profile: ["name", "preferred_username"], groups: ["groups"] },
  // As it is by default, but said: what is not in the token is in UserInfo.
  conformIdTokenClaims: true,
  features: { devInteractions: { enabled: true }, clientCredentials: { enabled: true } },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      name: `Name of ${id}`,
      preferred_username: id,
      groups: JSON.parse(readFileSync(groups, "utf8"))[id] ?? [],
    }),
  }),
});

let given = [];
let asked = 0;
provider.on("client_credentials.saved", (token) => given.push(token));
provider.use(async (ctx, next) => {
  if (ctx.path === "/token") asked += 1;
  if (ctx.path === "/protected") {
    const shown = /^Bearer (.+)$/.exec(ctx.get("authorization"));
    const token = shown && (await provider.ClientCredentials.find(shown[1]));
    ctx.status = token ? 200 : 401;
    ctx.body = token ? { client: token.clientId, scope: token.scope ?? "" } : { error: "invalid_token" };
    return;
  }
  if (ctx.path === "/take-back") {
    await Promise.all(given.map((token) => token.destroy()));
    given = [];
    ctx.body = {};
    return;
  }
  if (ctx.path === "/asked") {
    ctx.body = { asked };
    return;
  }
  await next();
});

provider.listen(Number(port), "127.0.0.1", () => console.log(`ready on ${port}`));
