-- Another feature at each request: `wrk -s ogc_random.lua URL -- URL-with-{id} ROWS`.
local before, after, rows

function init(args)
    math.randomseed(os.time() + (tonumber(tostring({}):match("0x(%x+)"), 16) or 0) % 1000003)
    before, after = args[1]:match("^%a+://[^/]+(.-){id}(.*)$")
    rows = tonumber(args[2])
end

function request()
    return wrk.format("GET", before .. math.random(1, rows) .. after)
end
