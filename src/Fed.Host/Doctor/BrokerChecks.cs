using Fed.Cluster.Identity;
using Fed.Cluster.Messaging.RabbitMq;

namespace Fed.Host.Doctor;

/// <summary>What the broker lets this node do, and whether a silent connection to it lives.</summary>
internal static class BrokerChecks
{
    private const string Login = "broker login", Idle = "idle connection";
    private const string Import = "bring the newest definitions to the broker: fed federation broker --definitions FILE --apply there";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Logs in as the node does.</summary>
    public static async Task<Check> LoginAsync(NodeIdentity identity, RabbitOptions options, CancellationToken cancel)
    {
        (BrokerVerdict verdict, string words) = await BrokerProbe.TryAsync(identity, options with { AnswerLimit = Limit }, cancel).ConfigureAwait(false);
        return Judge(identity, verdict, words.TrimEnd('.'));
    }

    /// <summary>What the broker's answer is worth.</summary>
    public static Check Judge(NodeIdentity identity, BrokerVerdict verdict, string words) => verdict switch
    {
        BrokerVerdict.Fine => Check.Ok(Login, $"{words}: '{identity.Name}' may publish and read what its role needs"),
        BrokerVerdict.LoginRefused => Check.Failed(Login, $"the broker does not know '{identity.Name}' with this kit's password", $"{Import}; after a new request of this node, its approval first"),
        BrokerVerdict.HostMissing => Check.Failed(Login, $"the broker has no virtual host '{identity.Federation}'", $"check that it is this federation's broker; then {Import}"),
        BrokerVerdict.HostForbidden => Check.Failed(Login, $"'{identity.Name}' may not enter the virtual host '{identity.Federation}'", Import),
        BrokerVerdict.QueueMissing => Check.Failed(Login, $"something of this node is not there: {words}", Import),
        BrokerVerdict.RightsMissing => Check.Failed(Login, $"'{identity.Name}' lacks a right of its role: {words}", Import),
        BrokerVerdict.TooOld => Check.Failed(Login, $"{words} is too old", "use RabbitMQ 3.10 or newer"),
        BrokerVerdict.ProxyRefuses => Check.Failed(Login, words, "check node.broker.proxy, or ask the proxy's administrator"),
        _ => Check.Failed(Login, $"there was no login: {words}", "check that the port is the broker's, with TLS as the configuration says"),
    };

    /// <summary>Holds a connection without a byte.</summary>
    /// <param name="identity">The node.</param>
    /// <param name="options">Its broker.</param>
    /// <param name="idle">How long.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task<Check> IdleAsync(NodeIdentity identity, RabbitOptions options, TimeSpan idle, CancellationToken cancel)
    {
        try
        {
            return await IdleProbe.HoldAsync(identity, options with { AnswerLimit = Limit }, idle, TimeProvider.System, cancel).ConfigureAwait(false) is { } fate
                ? Check.Warning(Idle, fate, $"have the firewall or proxy keep idle connections for {idle.TotalSeconds:0} s; nodes send something every {options.Heartbeat.TotalSeconds / 2:0} s, and do not mind where it keeps them for longer than that")
                : Check.Ok(Idle, $"it lived through {idle.TotalSeconds:0} s of silence");
        }
        catch (Exception failure) when (failure is IOException or System.Net.Sockets.SocketException or System.Security.Authentication.AuthenticationException || (failure is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return Check.Skipped(Idle, $"there was no connection to hold: {failure.Message.TrimEnd('.')}");
        }
    }
}
