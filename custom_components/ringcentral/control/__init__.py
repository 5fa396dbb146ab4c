"""Control of calls: rules, requests, and one manager of each account."""
