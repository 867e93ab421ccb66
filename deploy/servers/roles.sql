-- The two roles and the database, as the superuser: psql -v owner=PASSWORD -v node=PASSWORD -f roles.sql
CREATE ROLE fed_owner LOGIN PASSWORD :'owner';
CREATE ROLE fed_node LOGIN PASSWORD :'node';
CREATE DATABASE federation OWNER fed_owner TEMPLATE template0 ENCODING 'UTF8';
