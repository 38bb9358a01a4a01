-- Creates the databases of is.example.com for WSO2 Identity Server 7.0.0. Written by Clusterwright 0.1.0.
-- Run it once, with an account that can create databases. It stops if a database already exists, and drops nothing.

-- shared: users, roles and the registry.
CREATE DATABASE `wso2shared_db` CHARACTER SET utf8mb4;

-- identity: applications, tokens and consents.
CREATE DATABASE `wso2identity_db` CHARACTER SET utf8mb4;
