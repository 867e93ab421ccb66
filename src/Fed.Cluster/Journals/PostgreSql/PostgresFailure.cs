using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>Tells an outage, which is waited for, from what no repetition helps against, and puts both into words.</summary>
internal static class PostgresFailure
{
    /// <summary>True where the server cannot be reached, is starting, stopping or short of something, is not the one that takes writes, or took two transactions in an order that it had to undo.</summary>
    public static bool IsOutage(Exception failure) => failure switch
    {
        PostgresException said => IsOutage(said.SqlState),
        NpgsqlException => failure.InnerException is not AuthenticationException,
        PostgresUnfitException unfit => unfit.IsPassing,
        SocketException or IOException or TimeoutException => true,
        ObjectDisposedException => true,   // Npgsql's own parts, when a connection is lost while it is in use; and ours, which is closed then and waits no more
        _ => false,
    };

    /// <summary>
    /// By class of the code: connection, rollback, resources, operator intervention and system error; and single codes: a lock that was not given, a server that only reads (a standby, or one after a fail-over), and a session that the
    /// server ended since its client was silent inside a transaction.
    /// </summary>
    private static bool IsOutage(string code) => code[..2] is "08" or "40" or "53" or "57" or "58" || code is "55P03" or "25006" or "25P03";

    /// <summary>The cause in the server's words or the system's, without a full stop. Npgsql's messages hold no passwords.</summary>
    public static string Words(Exception failure) => (failure switch
    {
        PostgresException said => said.MessageText,
        NpgsqlException { InnerException: SocketException or IOException or TimeoutException } => failure.InnerException.Message,
        _ => failure.Message,
    }).TrimEnd('.');
}

/// <summary>A database that is no place for a journal as it is set up, or is a standby for now.</summary>
/// <param name="message">What is wrong and what to do.</param>
/// <param name="isPassing">True where waiting may help.</param>
internal sealed class PostgresUnfitException(string message, bool isPassing = false) : Exception(message)
{
    /// <summary>True where waiting may help.</summary>
    public bool IsPassing => isPassing;
}
