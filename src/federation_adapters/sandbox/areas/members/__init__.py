"""Who works where: the roles of people, given and taken one by one and read in bulk; accounts that are no persons."""
