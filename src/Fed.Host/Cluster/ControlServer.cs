using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Fed.Host.Cluster;

/// <summary>
/// A node's small server on the loopback interface: <c>/live</c> and <c>/ready</c> for whoever watches the process, and the operator's requests, which carry the word of the kit's <c>control.json</c>, a file that its owner alone reads.
/// </summary>
internal sealed partial class ControlServer : IDisposable
{
    private const int Attempts = 20, FirstPort = 20_000, Ports = 10_000;

    private readonly HttpListener _listener;
    private readonly ControlAnswers _answers;
    private readonly string _token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Listens, and says where in a file.</summary>
    /// <param name="port">0 for a free one.</param>
    /// <param name="file">Where port and word are written, for the owner only.</param>
    /// <param name="answers">What is answered.</param>
    /// <param name="log">Hears of failures.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public ControlServer(int port, string file, ControlAnswers answers, ILogger log)
    {
        (_answers, _log) = (answers, log);
        _listener = Listen(ref port);
        ControlFile.Write(file, new ControlPlace(port, _token));
        _ = ServeAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _listener.Close();
        _stop.Dispose();
    }

    private static HttpListener Listen(ref int port)
    {
        bool isFree = port == 0;
        for (int attempt = 1; ; attempt++)
        {
            if (isFree) port = FirstPort + RandomNumberGenerator.GetInt32(Ports);
            HttpListener listener = new();
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                listener.Start();
                return listener;
            }
            catch (HttpListenerException taken)
            {
                ((IDisposable)listener).Dispose();
                if (!isFree || attempt == Attempts) throw new IOException($"port {port} of 127.0.0.1 cannot be listened on: {taken.Message}; choose another node.health-port", taken);
            }
        }
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                HttpListenerContext context = await _listener.GetContextAsync().ConfigureAwait(false);
                _ = AnswerAsync(context);
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                if (!_listener.IsListening) return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            (int status, string body) = Answer(context.Request);
            byte[] bytes = Encoding.UTF8.GetBytes(body);
            context.Response.StatusCode = status;
            context.Response.ContentType = body.StartsWith('{') || body.StartsWith('[') ? "application/json" : "text/plain";
            context.Response.ContentLength64 = bytes.Length;
            await context.Response.OutputStream.WriteAsync(bytes).ConfigureAwait(false);
            context.Response.Close();
        }
        catch (Exception gone) when (gone is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            context.Response.Abort();   // whoever asked has left
        }
    }

    private (int Status, string Body) Answer(HttpListenerRequest request)
    {
        string path = request.Url?.AbsolutePath ?? "/";
        if (path == "/live") return ((int)HttpStatusCode.OK, "live\n");
        if (path == "/ready") return _answers.IsReady ? ((int)HttpStatusCode.OK, "ready\n") : ((int)HttpStatusCode.ServiceUnavailable, "not ready\n");
        byte[] given = Encoding.UTF8.GetBytes(request.Headers["Authorization"] ?? ""), needed = Encoding.UTF8.GetBytes("Bearer " + _token);
        if (!CryptographicOperations.FixedTimeEquals(given, needed)) return ((int)HttpStatusCode.Unauthorized, "");
        try
        {
            string? answer = _answers.Answer(request.HttpMethod, path);
            return answer is null ? ((int)HttpStatusCode.NotFound, "") : ((int)HttpStatusCode.OK, answer);
        }
        catch (Exception failure)
        {
            LogFailed(path, failure);
            return ((int)HttpStatusCode.InternalServerError, failure.Message);
        }
    }

    [LoggerMessage(5201, LogLevel.Warning, "{Path} could not be answered")]
    private partial void LogFailed(string path, Exception failure);
}
