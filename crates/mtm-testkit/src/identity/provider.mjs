// A certified provider, as a plant might run it: everybody is let in under the name that they type, and
// belongs to the groups that a file says at that moment. Started by the fixture with a port, the folder of
// the package, a file of groups, and the secret of the one client.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [port, folder, groups, secret] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(`${folder}/lib/index.js`).href);

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
  ],
  pkce: { required: () => true },
  scopes: ["openid", "profile", "groups"],
  claims: { openid: ["sub"], profile: ["name", "preferred_username"], groups: ["groups"] },
  // As it is by default, but said: what is not in the token is in UserInfo.
  conformIdTokenClaims: true,
  features: { devInteractions: { enabled: true } },
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

provider.listen(Number(port), "127.0.0.1", () => console.log(`ready on ${port}`));
