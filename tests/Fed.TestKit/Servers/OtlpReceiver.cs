using System.Collections.Immutable;
using System.Net;
using System.Text;
using Fed.Cluster.Servers;

namespace Fed.TestKit.Servers;

/// <summary>A collector of a test: takes metrics and traces by OTLP over HTTP on a free port of the loopback interface and keeps the bytes as they came.</summary>
public sealed class OtlpReceiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly List<(string Path, byte[] Body)> _received = [];

    /// <summary>Begins to listen.</summary>
    public OtlpReceiver()
    {
        Address = $"http://127.0.0.1:{ServerAccount.FreePort()}";
        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _ = Task.Run(ListenAsync);
    }

    /// <summary>For <c>node.telemetry.otlp</c>.</summary>
    public string Address { get; }

    /// <summary>Requests for a path: <c>/v1/metrics</c> or <c>/v1/traces</c>, in the order of their arrival.</summary>
    public ImmutableArray<byte[]> Of(string path)
    {
        lock (_received) return [.. _received.Where(request => request.Path == path).Select(static request => request.Body)];
    }

    /// <summary>True where one request for a path has all of these texts in it.</summary>
    public bool Has(string path, params ReadOnlySpan<string> texts)
    {
        foreach (byte[] body in Of(path))
        {
            bool hasAll = true;
            foreach (string text in texts) hasAll &= body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
            if (hasAll) return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Close();

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                using MemoryStream body = new();
                await context.Request.InputStream.CopyToAsync(body);
                lock (_received) _received.Add((context.Request.Url!.AbsolutePath, body.ToArray()));
                context.Response.Close();
            }
        }
        catch (Exception end) when (end is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
