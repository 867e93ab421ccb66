using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Fed.Host.Cluster;

/// <summary>Asks a node on this machine, by the word in its kit.</summary>
internal static class NodeClient
{
    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(5), Long = TimeSpan.FromMinutes(2);

    /// <summary>A node's status; null where it does not answer.</summary>
    /// <param name="kit">Its folder.</param>
    public static NodeStatus? TryStatus(string kit)
    {
        try
        {
            return Ask(kit, HttpMethod.Get, "/status", null, Brief) is { } answer ? JsonSerializer.Deserialize(answer, ClusterJson.Default.NodeStatus) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Asks; null where the node has never run.</summary>
    /// <exception cref="UserException">It refuses; the message says why.</exception>
    /// <exception cref="IOException">It does not answer.</exception>
    public static string? Ask(string kit, HttpMethod method, string path, string? body, TimeSpan? limit = null)
    {
        if (ControlFile.Read(Path.Combine(kit, "control.json")) is not { } place) return null;
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = limit ?? Long };
        using HttpRequestMessage request = new(method, $"http://127.0.0.1:{place.Port}{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", place.Token);
        if (body is not null) request.Content = new StringContent(body);
        try
        {
            using HttpResponseMessage response = client.Send(request);
            using StreamReader reader = new(response.Content.ReadAsStream());
            string text = reader.ReadToEnd();
            return response.StatusCode switch
            {
                HttpStatusCode.OK => text,
                HttpStatusCode.Conflict => throw new UserException(text),
                _ => throw new IOException($"the node in '{kit}' answers {(int)response.StatusCode} {text}".TrimEnd()),
            };
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            throw new IOException($"the node in '{kit}' does not answer: {e.Message}", e);
        }
    }
}
