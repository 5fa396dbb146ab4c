"""Call events of any office over any network, compared with what truly happened."""
