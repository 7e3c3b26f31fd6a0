-- MySQL dump 10.13  Distrib 5.7.24, for Win64 (x86_64)
--
-- Host: localhost    Database: plant
-- ------------------------------------------------------
-- A made-up plant: every class of lot and every kind of fault once or twice.
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8mb4 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;

--
-- Table structure for table `inv_inventory`
--

DROP TABLE IF EXISTS `inv_inventory`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8 */;
CREATE TABLE `inv_inventory` (
  `ID` int(11) NOT NULL AUTO_INCREMENT,
  `PartID` varchar(300) NOT NULL,
  `Location` varchar(100) NOT NULL,
  `Operation` varchar(100) DEFAULT NULL,
  `Quantity` int(11) NOT NULL,
  `ItemType` varchar(100) NOT NULL DEFAULT 'WIP',
  `ReceiveDate` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP,
  `LastUpdated` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  `User` varchar(100) NOT NULL,
  `BatchNumber` varchar(300) DEFAULT NULL COMMENT 'ten digits; "lot"',
  `Notes` varchar(1000) DEFAULT NULL,
  `ColorCode` varchar(50) NOT NULL DEFAULT 'UNKNOWN',
  `WorkOrder` varchar(10) NOT NULL DEFAULT 'UNKNOWN',
  PRIMARY KEY (`ID`),
  KEY `idx_partid_location` (`PartID`,`Location`)
) ENGINE=InnoDB AUTO_INCREMENT=40 DEFAULT CHARSET=utf8mb4;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `inv_inventory` WRITE;
/*!40000 ALTER TABLE `inv_inventory` DISABLE KEYS */;
INSERT INTO `inv_inventory` VALUES (1,'A-100','R-A1-01','19',100,'WIP','2025-08-07 04:10:21','2025-11-14 09:48:15','ANN','0000000001','it\'s fine; keep','RED','60723'),(2,'A-100','R-A1-02','20',40,'WIP','2025-08-07 05:00:00','2025-11-14 09:48:15','ANN','0000000002','','UNKNOWN','UNKNOWN'),(3,'A-100','R-A1-03','20',10,'WIP','2025-08-07 06:00:00','2025-11-14 09:48:15','BOB','0000000002','moved','BLUE','Unknown'),(4,'B 200','FLOOR - WIP ISLE','',25,'Dunnage','2025-08-08 06:00:00','2025-11-14 09:48:15','BOB','0000000003',NULL,'UNKNOWN','UNKNOWN');
INSERT INTO `inv_inventory` VALUES (5,'b  200','floor - wip isle','n/a',5,'Dunnage','2025-08-08 07:00:00','2025-11-14 09:48:15','BOB','3',NULL,'UNKNOWN','UNKNOWN'),(6,'A-100','R-A1-01','19',0,'WIP','2025-08-09 00:00:00','2025-11-14 09:48:15','ANN','0000000004','','UNKNOWN','UNKNOWN'),(7,'A-100','R-A1-01','19',-3,'WIP','2025-08-09 00:00:01','2025-11-14 09:48:15','ANN','0000000005','','UNKNOWN','UNKNOWN'),(8,'C-300','R-A1-01',NULL,7,'None','2025-11-02 01:30:00','2025-11-14 09:48:15','GHOST',NULL,'no lot','UNKNOWN','UNKNOWN'),(9,'B 200','R-A1-01','20',60,'WIP','2025-08-10 00:00:00','2025-11-14 09:48:15','ANN','0000000001','','UNKNOWN','UNKNOWN'),(10,'','R-A1-01','20',2,'WIP','2025-08-10 00:00:00','2025-11-14 09:48:15','ANN','0000000006','','UNKNOWN','UNKNOWN'),(11,'A-100','R-A1-01','20',8,'System.Data.DataRowView','0000-00-00 00:00:00','2025-11-14 09:48:15','[ System ]','0000000007','tab	and\nline','GREEN','WO-1234567');
/*!40000 ALTER TABLE `inv_inventory` ENABLE KEYS */;
UNLOCK TABLES;

DROP TABLE IF EXISTS `inv_inventory_batch_seq`;
CREATE TABLE `inv_inventory_batch_seq` (`last_batch_number` bigint(20) NOT NULL, `current_match` int(11) NOT NULL, PRIMARY KEY (`last_batch_number`)) ENGINE=InnoDB DEFAULT CHARSET=utf8;
LOCK TABLES `inv_inventory_batch_seq` WRITE;
INSERT INTO `inv_inventory_batch_seq` VALUES (40,12);
UNLOCK TABLES;

DROP TABLE IF EXISTS `inv_transaction`;
CREATE TABLE `inv_transaction` (
  `ID` int(11) NOT NULL AUTO_INCREMENT,
  `TransactionType` enum('IN','OUT','TRANSFER') NOT NULL,
  `BatchNumber` varchar(300) DEFAULT NULL,
  `PartID` varchar(300) NOT NULL,
  `FromLocation` varchar(100) DEFAULT NULL,
  `ToLocation` varchar(100) DEFAULT NULL,
  `Operation` varchar(100) DEFAULT NULL,
  `Quantity` int(11) NOT NULL,
  `Notes` varchar(1000) DEFAULT NULL,
  `ColorCode` varchar(50) NOT NULL DEFAULT 'Unknown',
  `WorkOrder` varchar(10) NOT NULL DEFAULT 'Unknown',
  `User` varchar(100) NOT NULL,
  `ItemType` varchar(100) NOT NULL DEFAULT 'WIP',
  `ReceiveDate` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (`ID`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
LOCK TABLES `inv_transaction` WRITE;
INSERT INTO `inv_transaction` VALUES
(101,'IN','0000000001','A-100',NULL,'R-A1-01','19',100,'it\'s fine; keep','RED','60723','ANN','WIP','2025-08-07 04:10:21'),
(102,'IN','0000000002','A-100',NULL,'R-A1-02','20',60,'','Unknown','Unknown','ANN','WIP','2025-08-07 05:00:00'),
(103,'OUT','0000000002','A-100','R-A1-02',NULL,'20',10,'','Unknown','Unknown','ANN','WIP','2025-08-07 05:30:00'),
(104,'TRANSFER','0000000002','A-100','R-A1-02','R-A1-03','20',10,'','Unknown','Unknown','BOB','WIP','2025-08-07 06:00:00'),
(105,'IN','0000000003','B 200',NULL,'FLOOR - WIP ISLE','',40,'','Unknown','Unknown','BOB','Dunnage','2025-08-08 06:00:00'),
(106,'OUT','0000000003','B 200','FLOOR - WIP ISLE',NULL,'',5,'','Unknown','Unknown','CAT','Dunnage','2025-08-08 06:30:00'),
(110,'IN','0000000010','A-100',NULL,'R-A1-01','20',120,'','Unknown','Unknown','ANN','WIP','2025-08-11 10:00:00'),
(111,'IN','0000000011','A-100',NULL,'R-A1-01','20',120,'','Unknown','Unknown','ANN','WIP','2025-08-11 10:00:01'),
(112,'IN','0000000012','A-100',NULL,'R-A1-01','20',120,'','Unknown','Unknown','ANN','WIP','2025-08-11 10:00:04'),
(113,'OUT','0000000012','A-100','R-A1-01',NULL,'20',120,'','Unknown','Unknown','ANN','WIP','2025-08-11 11:00:00'),
(114,'IN','0000000013','A-100',NULL,'R-A1-01','20',50,'','Unknown','Unknown','ANN','WIP','2025-08-12 10:00:00'),
(115,'OUT','0000000013','A-100','R-A1-01',NULL,'20',50,'','Unknown','Unknown','ANN','WIP','2025-08-12 11:00:00'),
(116,'OUT','0000000013','A-100','R-A1-01',NULL,'20',50,'','Unknown','Unknown','ANN','WIP','2025-08-12 11:00:09'),
(117,'IN','0000000014','A-100',NULL,'R-A1-01','20',80,'','Unknown','Unknown','ANN','WIP','2025-08-13 10:00:00'),
(118,'OUT','0000000014','A-100','R-A1-01',NULL,'20',30,'','Unknown','Unknown','ANN','WIP','2025-08-13 11:00:00'),
(119,'OUT','0000000015','A-100','R-A1-01',NULL,'20',15,'','Unknown','Unknown','ANN','WIP','2025-08-13 12:00:00'),
(120,'IN','0000000016','24733461',NULL,'R-A1-01','20',24733461,'scan','Unknown','Unknown','ANN','WIP','2025-08-14 10:00:00'),
(121,'OUT','0000000016','24733461','R-A1-01',NULL,'20',24733461,'scan','Unknown','Unknown','ANN','WIP','2025-08-14 11:00:00'),
(122,'IN','0000000017','A-100',NULL,'R-A1-01','20',0,'','Unknown','Unknown','ANN','WIP','2025-03-09 02:30:00');
REPLACE INTO `inv_transaction` (`ReceiveDate`,`ID`,`TransactionType`,`BatchNumber`,`PartID`,`FromLocation`,`ToLocation`,`Operation`,`Quantity`,`Notes`,`ColorCode`,`WorkOrder`,`User`,`ItemType`) VALUES
('2025-08-15 10:00:00',123,'IN','','A-100',NULL,'R-A1-01','20',9,_utf8mb4'großer Käfig','Unknown','Unknown','ANN','WIP'),
('not a time',124,'SCRAP','0000000014','A-100','R-A1-01',NULL,'20',1,0x4869,'Unknown','Unknown','ANN','WIP'),
('2025-08-16 10:00:00',125,'IN','0000000005','A-100',NULL,'R-A1-01','19',4,'','Unknown','Unknown','ANN','WIP');
UNLOCK TABLES;

-- A table nobody wants, with everything that could confuse a reader.
CREATE TABLE `log_error` (`ID` int, `Text` text, `Blob` blob);
INSERT INTO `log_error` VALUES (1,'INSERT INTO `inv_inventory` VALUES (99,\'x\');',_binary 'a\\\'b'),(2,'-- /* ; \n',NULL);

DELIMITER ;;
CREATE PROCEDURE `inv_inventory_Add_Item`(IN p_Part VARCHAR(300))
BEGIN
  INSERT INTO `inv_inventory` (`PartID`) VALUES (p_Part);
END ;;
DELIMITER ;

DROP TABLE IF EXISTS `md_color_codes`;
CREATE TABLE `md_color_codes` (`ColorCode` varchar(50) NOT NULL, `IsUserDefined` tinyint(1) NOT NULL DEFAULT '0', PRIMARY KEY (`ColorCode`));
INSERT INTO `md_color_codes` VALUES ('RED',0),('UNKNOWN',0);
DROP TABLE IF EXISTS `md_item_types`;
CREATE TABLE `md_item_types` (`ID` int(11) NOT NULL, `ItemType` varchar(100) NOT NULL, `IssuedBy` varchar(100) NOT NULL);
INSERT INTO `md_item_types` VALUES (2,'WIP','ANN'),(3,'Dunnage','[ System ]'),(4,'dunnage ','ANN');
DROP TABLE IF EXISTS `md_locations`;
CREATE TABLE `md_locations` (`ID` int(11) NOT NULL, `Location` varchar(100) NOT NULL, `Building` varchar(100) NOT NULL DEFAULT 'Expo', `IssuedBy` varchar(100) NOT NULL);
INSERT INTO `md_locations` VALUES (1,'R-A1-01','Expo','ANN'),(2,'r-a1-02','Expo','ANN'),(3,'R-A1-03','Vits','ANN'),(4,'FLOOR - WIP AISLE','BOB','ANN');
DROP TABLE IF EXISTS `md_operation_numbers`;
CREATE TABLE `md_operation_numbers` (`ID` int(11) NOT NULL, `Operation` varchar(100) NOT NULL, `IssuedBy` varchar(100) NOT NULL);
INSERT INTO `md_operation_numbers` VALUES (1,'19','ANN'),(2,'20','ANN'),(3,'N/A','ANN');
DROP TABLE IF EXISTS `md_part_ids`;
CREATE TABLE `md_part_ids` (`ID` int(11) NOT NULL, `PartID` varchar(300) NOT NULL, `Customer` varchar(300) NOT NULL, `Description` varchar(300) NOT NULL, `IssuedBy` varchar(100) NOT NULL, `RequiresColorCode` tinyint(1) NOT NULL DEFAULT '0', `ItemType` varchar(100) NOT NULL, `Operations` json DEFAULT NULL);
INSERT INTO `md_part_ids` VALUES (1,'A-100','[ Migrated Part Number ]','Bracket, \"left\"','ANN',1,'WIP','[19, 20, \"90\"]'),(2,'b 200','Acme','','ANN',0,'Dunnage',NULL),(3,'24733461','','','ANN',0,'WIP','oops'),(4,'B  200','Twice','','ANN',0,'WIP','[]'),(5,'XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX','','','ANN',0,'WIP','[19, null]');

DROP TABLE IF EXISTS `sys_last_10_transactions`;
CREATE TABLE `sys_last_10_transactions` (`ID` int(11) NOT NULL, `User` varchar(100) NOT NULL, `PartID` varchar(300) NOT NULL, `Operation` varchar(100) NOT NULL, `Quantity` int(11) NOT NULL, `ReceiveDate` datetime NOT NULL, `Position` int(11) NOT NULL DEFAULT '0');
INSERT INTO `sys_last_10_transactions` VALUES (1,'ANN','A-100','19',100,'2025-08-01 08:00:00',10),(2,'ANN','A-100','20',100,'2025-08-02 08:00:00',10),(3,'ANN','a-100','20',100,'2025-08-03 08:00:00',10),(4,'ANN','B 200','N/A',1,'2025-08-01 07:00:00',1),(5,'ANN','A-100','20',0,'2025-08-01 07:00:00',2),(6,'DEE','TEST','20',5,'2025-08-01 07:00:00',1);
INSERT INTO `sys_last_10_transactions` VALUES (11,'BOB','A-100','20',1,'2025-08-01 08:00:01',10),(12,'BOB','A-100','20',2,'2025-08-01 08:00:02',10),(13,'BOB','A-100','20',3,'2025-08-01 08:00:03',10),(14,'BOB','A-100','20',4,'2025-08-01 08:00:04',10),(15,'BOB','A-100','20',5,'2025-08-01 08:00:05',10),(16,'BOB','A-100','20',6,'2025-08-01 08:00:06',10),(17,'BOB','A-100','20',7,'2025-08-01 08:00:07',10),(18,'BOB','A-100','20',8,'2025-08-01 08:00:08',10),(19,'BOB','A-100','20',9,'2025-08-01 08:00:09',10),(20,'BOB','A-100','20',10,'2025-08-01 08:00:10',10),(21,'BOB','A-100','20',11,'2025-08-01 08:00:11',10),(22,'BOB','LEFTOVER','20',12,'2024-08-01 08:00:12',10);

DROP TABLE IF EXISTS `sys_roles`;
CREATE TABLE `sys_roles` (`ID` int(11) NOT NULL, `RoleName` varchar(50) NOT NULL, `Permissions` varchar(1000) DEFAULT NULL);
INSERT INTO `sys_roles` VALUES (1,'Admin',NULL),(2,'ReadOnly',NULL),(3,'User',NULL),(4,'Developer',NULL);
DROP TABLE IF EXISTS `sys_user_roles`;
CREATE TABLE `sys_user_roles` (`UserID` int(11) NOT NULL, `RoleID` int(11) NOT NULL, `AssignedBy` varchar(100) NOT NULL);
INSERT INTO `sys_user_roles` VALUES (1,3,'ANN'),(2,1,'ANN'),(3,3,'ANN'),(4,2,'ANN'),(4,4,'ANN');
DROP TABLE IF EXISTS `usr_users`;
CREATE TABLE `usr_users` (`ID` int(11) NOT NULL, `User` varchar(100) NOT NULL, `Full Name` varchar(200) DEFAULT NULL, `Shift` varchar(50) NOT NULL DEFAULT '1', `VitsUser` tinyint(1) NOT NULL DEFAULT '0', `Pin` varchar(50) DEFAULT NULL, `Password` varchar(50) DEFAULT NULL);
INSERT INTO `usr_users` VALUES (1,'[ All Users ]','All','[ All Users ]',0,'PIN-OF-ALL',NULL),(2,'ANN','Ann Example','First',0,'PIN-OF-ANN','PASSWORD-OF-ANN'),(3,'BOB',NULL,'Second',1,'PIN-OF-BOB',NULL),(4,'CAT','','Third',0,NULL,NULL),(5,'EVE','Eve','First',0,NULL,NULL),(6,'ann ','Ann again','First',0,'PIN-OF-ANN-2',NULL);

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;

-- Dump completed on 2025-11-23 14:00:00
