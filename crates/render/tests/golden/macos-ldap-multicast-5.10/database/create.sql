-- Creates the databases of sso.example.com for WSO2 Identity Server 5.10.0. Written by Clusterwright 0.1.0.
-- Run it once, with an account that can create databases. It stops if a database already exists, and drops nothing.
-- latin1: with utf8mb4, the default of MySQL 8, the scripts of most versions do not load completely.

-- shared: users, roles and the registry.
CREATE DATABASE `wso2shared_db` CHARACTER SET latin1;

-- identity: applications, tokens and consents.
CREATE DATABASE `wso2identity_db` CHARACTER SET latin1;
