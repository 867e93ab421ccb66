using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Fed.Host.Cluster;

/// <summary>Asks a node on this machine, by the word in its kit, how it is.</summary>
internal static class NodeClient
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>A node's status; null where it has never run, or does not answer.</summary>
    /// <param name="kit">Its folder.</param>
    public static NodeStatus? TryStatus(string kit)
    {
        if (ControlFile.Read(Path.Combine(kit, "control.json")) is not { } place) return null;
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };
        using HttpRequestMessage request = new(HttpMethod.Get, $"http://127.0.0.1:{place.Port}/status");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", place.Token);
        try
        {
            using HttpResponseMessage response = client.Send(request);
            using StreamReader reader = new(response.Content.ReadAsStream());
            return response.StatusCode == HttpStatusCode.OK ? JsonSerializer.Deserialize(reader.ReadToEnd(), ClusterJson.Default.NodeStatus) : null;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
        {
            return null;
        }
    }
}
