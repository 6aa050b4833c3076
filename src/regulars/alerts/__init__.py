"""Messages to people outside: mail, Slack, Teams, Discord, webhooks; each leaves by the one way out."""
