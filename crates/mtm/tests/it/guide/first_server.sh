# The steps of the guide for database integration, from an empty database to a proved ledger.
# The test gives ADMIN and SERVER; what stands between the marks stands in the guide.
set -eu

# guide: accounts
# ADMIN: the URL of somebody who may make accounts, and of an empty database there, like
# mysql://root@db.plant:3306/mtm
echo 'mtm_server=a-password-of-its-own' > logins.txt
MTM_DATABASE__URL="$ADMIN" mtm db accounts --app mtm_server --passwords logins.txt
rm logins.txt
# guide: end

# guide: check
# SERVER: the URL of the program's own login, like
# mysql://mtm_server:a-password-of-its-own@db.plant:3306/mtm
export MTM_DATABASE__URL="$SERVER"
mtm db status
mtm db check-procedures
# guide: end

# guide: book
printf 'code\n11058-1779\n' > parts.csv && mtm import parts.csv --kind parts
printf 'code\n19\n' > operations.csv && mtm import operations.csv --kind operations
printf 'code\nR-E4-18\n' > locations.csv && mtm import locations.csv --kind locations
mtm in --part 11058-1779 --operation 19 --location R-E4-18 --quantity 500
mtm verify
# guide: end
